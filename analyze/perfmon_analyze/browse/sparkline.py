"""A line of small bars: how a measure went over time, in the width of a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from perfmon_analyze.derive import Array

BARS = "▁▂▃▄▅▆▇█"
GAP = " "  # not known: never a low bar


def over_time(t: Array, values: Array, *, span: tuple[float, float], width: int, top: float | None = None) -> str:
    """A bar for the mean of each of `width` equal parts of a span of time, from 0 to `top`, or to the highest bar.

    `t` is ascending, in seconds as `span` is; a sample stands for the time since the one before. A NaN, as
    `derive.with_gaps` puts one where samples are missing, is a gap.
    """
    begin, end = span
    inside = (t >= begin) & (t <= end)
    t, values = t[inside], values[inside]
    if width < 1 or not end > begin or not len(t):
        return GAP * max(width, 0)
    return bars(_means(np.minimum((t - begin) / (end - begin) * width, width - 1), values, width), top)


def _means(place: Array, values: Array, width: int) -> Array:
    """The mean of the values in each part; where none lies, the value after, whose time this is."""
    part, known = place.astype(np.int64), np.isfinite(values)
    with np.errstate(invalid="ignore"):
        means = np.bincount(part[known], values[known], minlength=width) / np.bincount(part[known], minlength=width)
    empty = np.flatnonzero(np.bincount(part, minlength=width) == 0)
    after = np.searchsorted(place, empty)
    means[empty] = np.append(values, np.nan)[np.where(after > 0, after, len(values))]
    return means


def bars(values: Array, top: float | None = None) -> str:
    """A bar for each value, from 0 to `top`, or to the greatest of them; a gap where it is not known."""
    known = values[np.isfinite(values)]
    highest = (known.max(initial=0.0) if top is None else top) or 1.0
    levels = np.clip(np.nan_to_num(values) / highest * len(BARS), 0, len(BARS) - 1).astype(np.int64)
    return "".join(
        BARS[level] if known else GAP
        for level, known in zip(levels.tolist(), np.isfinite(values).tolist(), strict=True)
    )
