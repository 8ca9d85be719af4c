"""The times of a sampler's ticks: on a grid, a little late, and at both ends of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams

# What the sampler asks, and how long that usually takes to answer; those that could hang are asked elsewhere.
_SOURCES = {"host": 0.00045, "job": 0.0003, "gpu": 0.0031, "folder": 0.0008}
_ELSEWHERE = ("gpu", "folder")


class Ticks(NamedTuple):
    """When readings were taken, in seconds since the run's start rounded to 0.1 ms, and how late in their slots."""

    t: Floats
    late: Floats


def ticks(duration: float, interval: float, streams: RandomStreams, *, phase: float = 0.0) -> Ticks:
    """Ticks from 0 to `duration`; `phase` is how far into an interval the run began.

    A tick is a millisecond late, now and then tens of them, when the machine was busy.
    """
    random = streams.stream("ticks")
    slots = interval * np.arange(1, int((duration + phase) / interval) + 1) - phase
    late: Floats = 0.0012 * np.exp(0.6 * random.standard_normal(len(slots)))
    late += np.where(random.random(len(slots)) < 0.004, random.exponential(0.03, len(slots)), 0.0)
    late = np.minimum(late, 0.4 * interval).round(4)
    between = (slots + late).round(4)
    inside = (between > 0) & (between < duration)
    ends = np.array([0.0]), np.array([round(duration, 4)])
    return Ticks(np.concatenate([ends[0], between[inside], ends[1]]), np.concatenate([[0.0], late[inside], [0.0]]))


def sampler_columns(sampled_ticks: Ticks, streams: RandomStreams) -> dict[str, np.ndarray]:
    """Rows of the sampler table: each source at each tick."""
    count, sources = len(sampled_ticks.t), len(_SOURCES)
    usual = np.tile(list(_SOURCES.values()), count)
    elsewhere = np.tile([source in _ELSEWHERE for source in _SOURCES], count)
    spread = np.exp(0.25 * streams.stream("durations").standard_normal(count * sources))
    return {
        "t": np.repeat(sampled_ticks.t, sources),
        "source": np.tile(np.array(list(_SOURCES), dtype=object), count),
        "duration_seconds": np.round(usual * spread, 5),
        "late_seconds": np.where(elsewhere, np.nan, np.repeat(sampled_ticks.late, sources)),
    }
