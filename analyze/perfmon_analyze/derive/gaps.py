"""Series that are sampled unevenly: values held between samples, and gaps where samples are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from perfmon_analyze.derive.arrays import Array

_GAP = 2.5  # spacings after which samples are missing: one lost tick doubles a spacing, and half is for lateness


def hold_last(values: Array, level: Array) -> Array:
    """Forward-fill values that are sampled less often than `level`, of the same length.

    A NaN becomes the last value before it if `level` is now what it was then; it stays NaN if the level has changed
    since, or is NaN.
    """
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))
    return np.where(known[last] & (level == level[last]), values[last], values)


def with_gaps(t: Array, values: Array, interval: float) -> tuple[Array, Array]:
    """Times and values with a NaN in the middle of every gap, so that a line breaks there.

    A gap is where two samples are further apart than 2.5 times `interval` (seconds, as `t`), or 2.5 times the median
    spacing if that is longer, since slow sources have an interval of their own.
    """
    return insert_breaks(t, values, gap_times(t, interval))


def gap_times(t: Array, interval: float) -> Array:
    """The middle of every gap, in the unit of `t`; what a gap is tells `with_gaps`."""
    spacing = np.diff(t)
    if spacing.max(initial=0.0) <= _GAP * interval:
        return np.empty(0)
    gaps = np.flatnonzero(spacing > _GAP * max(interval, float(np.median(spacing)))) + 1
    middle: Array = (t[gaps - 1] + t[gaps]) / 2
    return middle


def insert_breaks(t: Array, values: Array, at: Array) -> tuple[Array, Array]:
    """Times and values with a NaN at each of the times `at`, ascending, that lies between two samples."""
    if not len(at):
        return t, values
    place = np.searchsorted(t, at)
    inside = (place > 0) & (place < len(t))
    return np.insert(t, place[inside], at[inside]), np.insert(values, place[inside], np.nan)
