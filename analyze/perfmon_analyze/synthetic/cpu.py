"""CPU counters of the job and of the host around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.synthetic.activation_saving import DISK_RATE
from perfmon_analyze.synthetic.noise import coloured_noise, smoothed
from perfmon_analyze.synthetic.timeline import WorkKind, grid

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.timeline import Timeline

CPUS = 16
_STEP = 1.0  # seconds between two points at which CPU use is worked out


class Cores(NamedTuple):
    """Cores in use in each cell of an even grid of times, by the job and by the rest of the host."""

    t: Floats  # edges of the cells
    user: Floats
    system: Floats
    other_user: Floats
    other_system: Floats
    iowait: Floats


def cores_in_use(timeline: Timeline, streams: RandomStreams) -> Cores:
    """The cores in use, second by second.

    The thread that launches the GPU's work is level; loaders and detectors come in bursts, and have more to do in
    some minutes than in others.
    """
    write = np.minimum(1.0, timeline.cells("write", _STEP) / DISK_RATE)
    read = np.minimum(1.0, timeline.cells("read", _STEP) / DISK_RATE)
    level = timeline.cells("cores", _STEP)
    count = len(level)
    launch = np.minimum(level, 0.8) * (1 + 0.01 * coloured_noise(streams.stream("launch"), count, 3))
    burst = np.exp(0.28 * coloured_noise(streams.stream("bursts"), count, 0.8) - 0.28**2 / 2)
    texts = np.exp(0.08 * coloured_noise(streams.stream("texts"), count, 240))
    busy = np.clip(launch + np.maximum(level - 0.8, 0.0) * burst * texts, 0.0, CPUS - 1)
    system = 0.06 + 0.02 * coloured_noise(streams.stream("system"), count, 20) + 0.5 * write
    system = np.clip(system, 0.01, 0.9) * busy
    other = 0.07 * np.exp(0.6 * coloured_noise(streams.stream("other"), count, 15))
    iowait = 0.004 * streams.stream("iowait").exponential(1.0, count) + 0.25 * read + 0.4 * write
    return Cores(grid(timeline.duration, _STEP), busy - system, system, 0.6 * other, 0.4 * other, iowait)


def job_cpu(timeline: Timeline, cores: Cores, t: Floats) -> dict[str, Floats]:
    """The job table's CPU columns."""
    alive = t < timeline.duration
    return {
        "cpu_user_seconds": _counter(cores.t, cores.user, t),
        "cpu_system_seconds": _counter(cores.t, cores.system, t),
        "cpus_allowed": np.where(alive, float(CPUS), np.nan),
        "processes": np.where(alive, 1.0 + 4.0 * _loads(timeline, t), 0.0),
        "threads": np.where(
            alive, 1.0 + 42.0 * (t > timeline.spans(WorkKind.IMPORT)[0, 1]) + 4.0 * _loads(timeline, t), 0.0
        ),
    }


def _loads(timeline: Timeline, t: Floats) -> Floats:
    """1 while a training loop's loader processes live, else 0."""
    epochs = timeline.spans(WorkKind.EVALUATE)
    if not len(epochs):
        return np.zeros(len(t))
    return np.asarray(
        (t > timeline.spans(WorkKind.WARM_UP)[0, 1]) & (t < timeline.spans(WorkKind.END)[0, 0]), dtype=float
    )


def host_cpu(cores: Cores, streams: RandomStreams, t: Floats) -> dict[str, Floats]:
    """The host table's CPU columns; its counters began when the machine did."""
    up = streams.stream("uptime").uniform(2, 20) * 86_400
    user, system = cores.user + cores.other_user, cores.system + cores.other_system
    idle = CPUS - user - system - cores.iowait
    return {
        "cpu_user_seconds": _counter(cores.t, user, t, since=0.9 * up),
        "cpu_system_seconds": _counter(cores.t, system, t, since=0.1 * up),
        "cpu_iowait_seconds": _counter(cores.t, cores.iowait, t, since=0.02 * up),
        "cpu_idle_seconds": _counter(cores.t, idle, t, since=(CPUS - 1.02) * up),
        "cpu_steal_seconds": np.zeros(len(t)),
        "cpus": np.full(len(t), float(CPUS)),
        "load_1m": np.round(np.interp(t, cores.t[1:], smoothed(user + system, 60 / _STEP)), 2),
    }


def _counter(edges: Floats, rate: Floats, t: Floats, *, since: float = 0.0) -> Floats:
    """The integral of a rate up to each `t`, rounded to the hundredths of a second that the kernel counts."""
    total = np.concatenate([[0.0], np.cumsum(rate * _STEP)])
    return np.asarray(np.floor(100 * (since + np.interp(t, edges, total))) / 100)
