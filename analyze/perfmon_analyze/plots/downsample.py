"""Downsamples to what a figure can show, so that drawing takes no longer for more samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfmon_analyze.derive.arrays import Array

    Places = NDArray[np.int64]

_DENSE = 0.1  # share of a line's range that the samples of the usual pixel column span if their mean is drawn, too


class DownsampledLine(NamedTuple):
    """A line as it is drawn; NaN breaks it.

    `means` are those of all samples of each pixel column, at the times `means_t`: there are some only where the line
    is dense: within the median column it spans more than a tenth of its whole range.
    """

    t: Array
    values: Array
    means_t: Array
    means: Array


def downsample(t: Array, values: Array, columns: int) -> DownsampledLine:
    """Downsample a line over time, `t` ascending, to what so many pixel columns show.

    Of each column the first, the lowest, the highest and the last sample stay, which draw the same picture: the M4
    aggregation of Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014. Of the breaks
    that begin in a column the widest stays, and so does every break that is wider than a column. Up to four samples a
    column stay as they are.
    """
    if len(t) <= 4 * columns:
        return DownsampledLine(t, values, t[:0], values[:0])
    t, values, left_out_after = _known(t, values)
    if not len(t):
        return DownsampledLine(t, values, t, values)
    starts = np.unique(np.searchsorted(t, np.linspace(t[0], t[-1], columns + 1)[:-1]))
    ends = np.append(starts[1:], len(t))
    lowest, highest = _extremes(values, starts, ends)
    breaks = _widest(t, left_out_after, starts)
    keep = np.unique(np.concatenate((starts, ends - 1, lowest, highest, breaks, breaks + 1)))
    line = _with_breaks(t[keep], values[keep], np.searchsorted(keep, breaks + 1))
    span = np.median(values[highest] - values[lowest])
    if not span > _DENSE * np.ptp(values[keep]):
        return DownsampledLine(*line, t[:0], values[:0])
    means = np.add.reduceat(values, starts) / (ends - starts)
    between = np.flatnonzero(np.isin(ends - 1, breaks)) + 1
    return DownsampledLine(*line, *_with_breaks((t[starts] + t[ends - 1]) / 2, means, between))


def _known(t: Array, values: Array) -> tuple[Array, Array, Places]:
    """The samples that are not NaN, and the places among them after which NaNs were; nothing is copied without NaNs."""
    known = ~np.isnan(values)
    if not known.any():
        return t[:0], values[:0], np.empty(0, dtype=np.int64)
    inside = slice(int(known.argmax()), len(known) - int(known[::-1].argmax()))
    if known[inside].all():
        return t[inside], values[inside], np.empty(0, dtype=np.int64)
    places = np.flatnonzero(known)
    return t[places], values[places], np.flatnonzero(np.diff(places) > 1)


def _extremes(values: Array, starts: Places, ends: Places) -> tuple[Places, Places]:
    """The places of the lowest and of the highest value of each column."""
    columns = list(zip(starts.tolist(), ends.tolist(), strict=True))  # as many as pixels, however many samples
    return (
        np.array([start + values[start:end].argmin() for start, end in columns]),
        np.array([start + values[start:end].argmax() for start, end in columns]),
    )


def _widest(t: Array, breaks: Places, starts: Places) -> Places:
    """The widest break of each column; a break is given by the place of the last sample before it."""
    column = np.searchsorted(starts, breaks, side="right")
    order = np.lexsort((t[breaks + 1] - t[breaks], column))
    widest: Places = breaks[order[np.diff(column[order], append=-1) != 0]]
    return widest


def _with_breaks(t: Array, values: Array, before: Places) -> tuple[Array, Array]:
    """Times and values with a NaN inserted before each of these places."""
    return np.insert(t, before, t[before]), np.insert(values, before, np.nan)


def thin_points(x: Array, y: Array, *, columns: int, rows: int, most: int) -> Places:
    """The places of the points to draw, ascending: at most `most` of each cell of a grid over all of them.

    Each cell with points keeps at least one, so that an outlier stays.
    """
    cell = _places(x, columns) * rows + _places(y, rows)
    order = np.argsort(cell, kind="stable")
    first = np.flatnonzero(np.diff(cell[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
    return np.sort(order[rank < most])


def _places(values: Array, count: int) -> Places:
    low, span = values.min(), np.ptp(values)
    places: Places = np.minimum((values - low) / (span or 1.0) * count, count - 1).astype(np.int64)
    return places
