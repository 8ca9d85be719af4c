"""All tables of one synthetic run, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.synthetic.batches import batch_columns, phase_columns
from perfmon_analyze.synthetic.cpu import cores_in_use, host_cpu, job_cpu
from perfmon_analyze.synthetic.disk import FOLDER, folder_columns, host_devices, job_io
from perfmon_analyze.synthetic.gpu import NAME, UUID, gpu_columns
from perfmon_analyze.synthetic.memory import host_memory, resident
from perfmon_analyze.synthetic.model_metrics import metric_columns
from perfmon_analyze.synthetic.stages import timeline_of
from perfmon_analyze.synthetic.ticks import Ticks, sampler_columns, ticks
from perfmon_analyze.synthetic.workload import profile_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfmon_analyze.synthetic.noise import Chance
    from perfmon_analyze.synthetic.study import Job

    # a table's columns by name; one value stands for all rows
    Columns = Mapping[str, np.ndarray | str]


class Recording(NamedTuple):
    """When the ticks of a run were taken, and its tables."""

    taken: Ticks
    tables: dict[str, Columns]


def record(job: Job, seconds: float, chance: Chance, *, interval: float, phase: float) -> Recording:
    """Make one run up; `phase` is how far into an interval it begins."""
    profile = profile_of(job.stage, job.model, job.variant)
    timeline = timeline_of(job.stage, profile, seconds, chance, job.rhythm)
    taken = ticks(seconds, interval, chance, phase=phase)
    t = taken.t
    cores, rss = cores_in_use(timeline, chance), resident(timeline, profile, chance, t)
    tables: dict[str, Columns] = {
        "host": {
            "t": t,
            **host_cpu(cores, chance, t),
            **host_memory(timeline, chance, t, rss),
            **host_devices(timeline, chance, t),
        },
        "job": {"t": t, **job_cpu(timeline, cores, t), "rss_bytes": rss, **job_io(timeline, t)},
        "gpu": {
            "t": t,
            "uuid": UUID,
            "index": np.zeros(len(t)),
            "name": NAME,
            **gpu_columns(timeline, profile, chance, t),
        },
        "folder": {"t": t, "path": FOLDER, **folder_columns(timeline, t)},
        "phase": phase_columns(timeline, job.stage),
        "sampler": sampler_columns(taken, chance),
    }
    if job.stage == "training":
        tables["metric"] = metric_columns(timeline, job.layers, job.rhythm, chance)
    if job.batch_items:
        tables["batch"] = batch_columns(timeline, job.batch_items)
    return Recording(taken, tables)
