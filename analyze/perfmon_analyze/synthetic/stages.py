"""A job of any stage as a timeline: start-up, the work of its stage, end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.activation_saving import saving_work
from perfmon_analyze.synthetic.inference import inference_work
from perfmon_analyze.synthetic.timeline import Timeline, WorkKind, segments
from perfmon_analyze.synthetic.training import Rhythm, training_work

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.workload import Workload

_LOAD_RATE = 1.2e9  # bytes per second from disk to GPU


def timeline_of(stage: str, workload: Workload, seconds: float, streams: RandomStreams, rhythm: Rhythm) -> Timeline:
    """The timeline of a job that takes exactly `seconds`; an unknown stage counts as activation saving."""
    begin, end = _start(workload, seconds, streams), _end(seconds)
    left = seconds - float(begin[:, 1].sum() + end[:, 1].sum())
    if stage == "training":
        work = training_work(workload, left, streams, rhythm)
    elif stage == "inference":
        work = inference_work(workload, left, streams)
    else:
        work = saving_work(workload, left, streams)
    return Timeline(begin, work, end)


def _start(workload: Workload, seconds: float, streams: RandomStreams) -> Floats:
    """Imports, CUDA context, weights, first batch; all of them shorter in a short job."""
    imports, context, warm_up = streams.stream("start").uniform((9, 0.9, 3), (16, 1.6, 6))
    load = 2 + workload.weights_bytes / _LOAD_RATE
    limits = seconds * np.array([0.06, 0.01, 0.06, 0.04])
    imports, context, load, warm_up = np.minimum([imports, context, load, warm_up], limits)
    read = workload.weights_bytes / load
    return np.stack(
        [
            segments(WorkKind.IMPORT, imports, cores=0.98, read=110e6),
            segments(WorkKind.CONTEXT, context, read=60e6),
            segments(WorkKind.LOAD, load, busy=0.06, memory_busy=0.02, heat=0.1, cores=1.2, read=read),
            segments(WorkKind.WARM_UP, warm_up, busy=0.35, memory_busy=0.1, heat=0.5 * workload.heat, cores=1.1),
        ]
    )


def _end(seconds: float) -> Floats:
    return segments(WorkKind.END, [min(1.5, seconds * 0.02)])
