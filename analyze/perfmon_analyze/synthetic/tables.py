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
from perfmon_analyze.synthetic.workload import workload_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfmon_analyze.synthetic.noise import RandomStreams
    from perfmon_analyze.synthetic.study import StudyJob

    # a table's columns by name; one value stands for all rows
    Columns = Mapping[str, np.ndarray | str]


class SyntheticRecording(NamedTuple):
    """The ticks of one run, and its tables as columns."""

    taken: Ticks
    tables: dict[str, Columns]


def record(
    job: StudyJob, seconds: float, streams: RandomStreams, *, interval: float, phase: float
) -> SyntheticRecording:
    """Generate one run; `phase` is the part of an interval after which it begins."""
    workload = workload_of(job.stage, job.model, job.variant)
    timeline = timeline_of(job.stage, workload, seconds, streams, job.rhythm)
    sampled_ticks = ticks(seconds, interval, streams, phase=phase)
    t = sampled_ticks.t
    cores, rss = cores_in_use(timeline, streams), resident(timeline, workload, streams, t)
    tables: dict[str, Columns] = {
        "host": {
            "t": t,
            **host_cpu(cores, streams, t),
            **host_memory(timeline, streams, t, rss),
            **host_devices(timeline, streams, t),
        },
        "job": {"t": t, **job_cpu(timeline, cores, t), "rss_bytes": rss, **job_io(timeline, t)},
        "gpu": {
            "t": t,
            "uuid": UUID,
            "index": np.zeros(len(t)),
            "name": NAME,
            **gpu_columns(timeline, workload, streams, t),
        },
        "folder": {"t": t, "path": FOLDER, **folder_columns(timeline, t)},
        "phase": phase_columns(timeline, job.stage),
        "sampler": sampler_columns(sampled_ticks, streams),
    }
    if job.stage == "training":
        tables["metric"] = metric_columns(timeline, job.layers, job.rhythm, streams)
    if job.batch_items:
        tables["batch"] = batch_columns(timeline, job.batch_items)
    return SyntheticRecording(sampled_ticks, tables)
