"""Training sparse autoencoders: steps, log lines, epochs, evaluations, checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.synthetic.activation_saving import DISK_RATE
from perfmon_analyze.synthetic.noise import coloured, shares
from perfmon_analyze.synthetic.timeline import Kind, in_turn, segments

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Chance, Floats
    from perfmon_analyze.synthetic.workload import Profile


class Rhythm(NamedTuple):
    """How a training job is divided: autoencoders one after the other, and the epochs of each."""

    series: int = 1
    epochs: int = 25


def training_work(profile: Profile, seconds: float, chance: Chance, rhythm: Rhythm) -> Floats:
    """Epochs: the loader's restart, steps, an evaluation, a checkpoint that the GPU waits for."""
    count = rhythm.series * rhythm.epochs
    each = seconds * shares(chance.stream("epochs"), count, 0.004)[:, None]
    size = profile.chunk_bytes
    random = chance.stream("breaks")
    restart = np.minimum(random.uniform(1.0, 3.0, (count, 1)), 0.03 * each)
    evaluation = np.minimum(random.uniform(6.0, 14.0, (count, 1)), 0.08 * each)
    checkpoint = np.minimum(size / DISK_RATE + random.uniform(0.3, 1.2, (count, 1)), 0.05 * each)
    first = (np.arange(count) % rhythm.epochs == 0)[:, None]
    heat = 0.6 * profile.heat
    return np.concatenate(
        [
            segments(Kind.PAUSE, restart, cores=0.7 * profile.cores),
            _steps(profile, each - restart - evaluation - checkpoint, first, chance),
            segments(Kind.EVALUATE, evaluation, busy=0.62, memory_busy=0.3, heat=heat, cores=1.3),
            segments(Kind.WRITE, checkpoint, busy=0.01, heat=0.03, write=size / checkpoint),
        ],
        axis=1,
    )


def _steps(profile: Profile, seconds: Floats, first: Floats, chance: Chance) -> Floats:
    """Steps at a level load, with a short dip at each log line, every so many steps.

    The data come from storage in a series' first epoch only; later they lie in the page cache.
    """
    shape = (len(seconds), max(2, round(seconds.mean() / profile.chunk_seconds)))
    window = seconds * shares(chance.stream("windows"), shape, 0.003)
    dip = np.minimum(chance.stream("dips").uniform(0.3, 0.6, shape), 0.1 * window)
    lift = coloured(chance.stream("lift"), window.size, 12).reshape(shape)
    level = np.clip(1 + profile.wobble / profile.busy * lift, 0.2, 1 / profile.busy)
    steps = segments(
        Kind.WORK,
        window - dip,
        busy=profile.busy * level,
        memory_busy=profile.memory_busy * level,
        heat=profile.heat * level,
        cores=profile.cores,
        read=40e6 * first,
    )
    return in_turn(steps, segments(Kind.PAUSE, dip, busy=0.25, memory_busy=0.1, heat=0.6 * profile.heat))
