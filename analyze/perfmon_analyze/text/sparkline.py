"""Sparklines: a measure over time as a line of small bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from perfmon_analyze.derive.arrays import Array

BARS = "▁▂▃▄▅▆▇█"
GAP = " "  # not known: never a low bar


def over_time(t: Array, values: Array, *, span: tuple[float, float], width: int, top: float | None = None) -> str:
    """A sparkline of one line, `width` characters wide; the other parameters are those of `chart`."""
    return chart(t, values, span=span, size=(width, 1), top=top)[0]


def chart(
    t: Array, values: Array, *, span: tuple[float, float], size: tuple[int, int], top: float | None = None
) -> list[str]:
    """A bar chart as lines of text, the uppermost first; `size` is their width in characters and their number.

    A bar is the mean of one of `width` equal parts of the time `span`, from 0 to `top`, or to the highest bar. `t` is
    ascending, in seconds as `span` is; a sample stands for the time since the one before. NaN is a gap, as
    `derive.gaps.with_gaps` puts one where samples are missing.
    """
    (begin, end), (width, rows) = span, size
    inside = (t >= begin) & (t <= end)
    t, values = t[inside], values[inside]
    if width < 1 or not 0 < end - begin < float("inf") or not len(t):
        return [GAP * max(width, 0)] * rows
    return bars(_means((t - begin) / (end - begin) * width, values, width), top, rows)


def _means(place: Array, values: Array, width: int) -> Array:
    """The mean of the values in each part; of a part without samples the value after it, which stands for that time.

    A part right after a gap stays NaN: how far back the next value reaches is not known.
    """
    part, known = np.ceil(place.clip(1, width)).astype(np.int64) - 1, np.isfinite(values)  # of (0, 1] the first
    with np.errstate(invalid="ignore"):
        means = np.bincount(part[known], values[known], minlength=width) / np.bincount(part[known], minlength=width)
    empty = np.flatnonzero(np.bincount(part, minlength=width) == 0)
    after = np.searchsorted(place, empty, side="right")
    follows = (after == 1) | known[after - 1]  # the first sample has no rate yet, and that is no gap
    means[empty] = np.append(values, np.nan)[np.where((after > 0) & follows, after, len(values))]
    return means


def bars(values: Array, top: float | None = None, rows: int = 1) -> list[str]:
    """A bar for each value, from 0 to `top`, or to the greatest of them; a gap where it is not known."""
    known = np.isfinite(values)
    highest = (values[known].max(initial=0.0) if top is None else top) or 1.0
    steps = len(BARS)
    levels = np.clip(np.ceil(np.where(known, values, 0.0) / highest * steps * rows), 1, steps * rows).astype(np.int64)
    levels[~known] = 0
    ink = GAP + BARS
    return [
        "".join(ink[level] for level in np.clip(levels - steps * row, 0, steps).tolist())
        for row in reversed(range(rows))
    ]
