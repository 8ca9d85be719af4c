"""Series that are read unevenly: values held between readings, and gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from perfmon_analyze.derive.arrays import Array

_GAP = 2.5  # spacings after which samples are missing: one lost tick doubles a spacing, and half is for lateness


def held(values: Array, level: Array) -> Array:
    """Values that are read now and then: where one was not, the last one, as long as `level` is what it was then.

    NaN stays where the level has moved since, or is not known.
    """
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))
    return np.where(known[last] & (level == level[last]), values[last], values)


def with_gaps(t: Array, values: Array, interval: float) -> tuple[Array, Array]:
    """The same samples with a NaN in every place where samples are missing, so that a line breaks there.

    They are missing where two samples are further apart than 2.5 intervals, or 2.5 usual spacings of these samples
    if those are longer: slow sources have a pace of their own.
    """
    return broken(t, values, holes(t, interval))


def holes(t: Array, interval: float) -> Array:
    """The middle of every place where samples are missing, by the rule of `with_gaps`."""
    spacing = np.diff(t)
    if spacing.max(initial=0.0) <= _GAP * interval:
        return np.empty(0)
    gaps = np.flatnonzero(spacing > _GAP * max(interval, float(np.median(spacing)))) + 1
    middle: Array = (t[gaps - 1] + t[gaps]) / 2
    return middle


def broken(t: Array, values: Array, at: Array) -> tuple[Array, Array]:
    """The same samples with a NaN at each of these times, in order, that lies between two of them."""
    if not len(at):
        return t, values
    place = np.searchsorted(t, at)
    inside = (place > 0) & (place < len(t))
    return np.insert(t, place[inside], at[inside]), np.insert(values, place[inside], np.nan)
