"""Training sparse autoencoders: steps, log lines, epochs, evaluations, checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.synthetic.activation_saving import DISK_RATE
from perfmon_analyze.synthetic.noise import coloured_noise, shares
from perfmon_analyze.synthetic.timeline import WorkKind, in_turn, segments

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.workload import Workload


class Rhythm(NamedTuple):
    """How a training job is divided: autoencoders one after the other, and the epochs of each."""

    series: int = 1
    epochs: int = 25


def training_work(workload: Workload, seconds: float, streams: RandomStreams, rhythm: Rhythm) -> Floats:
    """Epochs: the loader's restart, steps, an evaluation, a checkpoint that the GPU waits for."""
    count = rhythm.series * rhythm.epochs
    each = seconds * shares(streams.stream("epochs"), count, 0.004)[:, None]
    size = workload.chunk_bytes
    random = streams.stream("breaks")
    restart = np.minimum(random.uniform(1.0, 3.0, (count, 1)), 0.03 * each)
    evaluation = np.minimum(random.uniform(6.0, 14.0, (count, 1)), 0.08 * each)
    checkpoint = np.minimum(size / DISK_RATE + random.uniform(0.3, 1.2, (count, 1)), 0.05 * each)
    first = (np.arange(count) % rhythm.epochs == 0)[:, None]
    heat = 0.6 * workload.heat
    return np.concatenate(
        [
            segments(WorkKind.PAUSE, restart, cores=0.7 * workload.cores),
            _steps(workload, each - restart - evaluation - checkpoint, first, streams),
            segments(WorkKind.EVALUATE, evaluation, busy=0.62, memory_busy=0.3, heat=heat, cores=1.3),
            segments(WorkKind.WRITE, checkpoint, busy=0.01, heat=0.03, write=size / checkpoint),
        ],
        axis=1,
    )


def _steps(workload: Workload, seconds: Floats, first: Floats, streams: RandomStreams) -> Floats:
    """Steps at a level load, with a short dip at each log line, every so many steps.

    The data come from storage in a series' first epoch only; later they lie in the page cache.
    """
    shape = (len(seconds), max(2, round(seconds.mean() / workload.chunk_seconds)))
    window = seconds * shares(streams.stream("windows"), shape, 0.003)
    dip = np.minimum(streams.stream("dips").uniform(0.3, 0.6, shape), 0.1 * window)
    lift = coloured_noise(streams.stream("lift"), window.size, 12).reshape(shape)
    level = np.clip(1 + workload.wobble / workload.busy * lift, 0.2, 1 / workload.busy)
    steps = segments(
        WorkKind.WORK,
        window - dip,
        busy=workload.busy * level,
        memory_busy=workload.memory_busy * level,
        heat=workload.heat * level,
        cores=workload.cores,
        read=40e6 * first,
    )
    return in_turn(steps, segments(WorkKind.PAUSE, dip, busy=0.25, memory_busy=0.1, heat=0.6 * workload.heat))
