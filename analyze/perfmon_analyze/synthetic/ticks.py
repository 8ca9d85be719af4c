"""When a sampler takes its readings: on a grid, a little late, and at the run's two ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Chance, Floats


def tick_times(duration: float, interval: float, chance: Chance, *, phase: float = 0.0) -> Floats:
    """Times from 0 to `duration`, rounded to 0.1 ms; `phase` is how far into an interval the run began.

    A tick is some milliseconds late, now and then tens of them, when the machine was busy.
    """
    random = chance.stream("ticks")
    slots = interval * np.arange(1, int((duration + phase) / interval) + 1) - phase
    late = 0.0012 * np.exp(0.6 * random.standard_normal(len(slots)))
    late += np.where(random.random(len(slots)) < 0.004, random.exponential(0.03, len(slots)), 0.0)
    between = slots + np.minimum(late, 0.4 * interval)
    return np.round(np.concatenate([[0.0], between[(between > 0) & (between < duration)], [duration]]), 4)
