"""Statistics of samples: box plots, histograms, rolling medians."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.derive.arrays import Array, finite

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Box(NamedTuple):
    """Statistics of a box plot: Tukey's, whiskers at the last value within 1.5 interquartile ranges of the box."""

    samples: int
    mean: float
    median: float
    q1: float
    q3: float
    low: float
    high: float
    outliers: Array

    def per(self, unit: float) -> Box:
        """The same in a unit that is `unit` times as large."""
        return self._replace(**{name: getattr(self, name) / unit for name in self._fields[1:]})


def box(values: Array) -> Box:
    """Statistics for a box plot of the finite values.

    Raises:
        ValueError: there are none.
    """
    known = finite(values)
    if not len(known):
        raise ValueError("a box needs at least one value")
    q1, median, q3 = (float(q) for q in np.percentile(known, (25, 50, 75)))
    reach = 1.5 * (q3 - q1)
    low, high, outliers = float(known.min()), float(known.max()), known[:0]
    if low < q1 - reach or high > q3 + reach:
        inside = known[(known >= q1 - reach) & (known <= q3 + reach)]
        low, high = float(inside.min()), float(inside.max())
        outliers = np.unique(known[(known < q1 - reach) | (known > q3 + reach)])
    return Box(len(known), float(known.mean()), median, q1, q3, low, high, outliers)


def density(percentages: Array, edges: Array) -> Array:
    """The heights of a histogram's bars, of equal widths, so that all bars together have an area of 1.

    One less than there are edges. Values beyond the edges count in the outermost bars: the clocks of a CPU counter and
    of a tick differ a little.
    """
    known = np.clip(finite(percentages), edges[0], edges[-1])
    return np.histogram(known, len(edges) - 1, (edges[0], edges[-1]), density=True)[0]  # edges given are searched


def histogram_edges(values: Array) -> Array:
    """Edges of 10 to 100 equal bars over all values, of the width of Freedman and Diaconis if the count allows.

    That is 2 IQR / n^(1/3): Freedman and Diaconis, "On the histogram as a density estimator", 1981.
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low - 0.5 * abs(low) - 1e-9, high + 0.5 * abs(high) + 1e-9])
    q1, q3 = np.percentile(values, (25, 75))
    width = 2 * (q3 - q1) / len(values) ** (1 / 3)
    bars = 100 if width <= 0 else int(np.clip(np.ceil((high - low) / width), 10, 100))
    return np.linspace(low, high, bars + 1)


def median_window(count: int) -> int:
    """The window of a rolling median over `count` values: a fortieth of them, odd, from 5 to 101."""
    return int(np.clip(count // 40, 5, 101)) | 1


def rolling_median(values: Array, window: int, at: NDArray[np.int64]) -> Array:
    """The median of `window` values around each of the places `at`, ascending; at both ends windows are cut off.

    `values` must hold no NaN.
    """
    half, count = window // 2, len(values)
    result = np.empty(len(at))
    whole = (at >= half) & (at < count - half)
    for place in np.flatnonzero(~whole):
        result[place] = np.median(values[max(at[place] - half, 0) : at[place] + half + 1])
    if whole.any():
        windows = np.lib.stride_tricks.sliding_window_view(values, 2 * half + 1)
        result[whole] = np.median(windows[at[whole] - half], axis=1)
    return result


def needs_log_scale(values: Array) -> bool:
    """Whether the finite values are all positive and the greatest is more than 10 times the least."""
    known = finite(values)
    return bool(len(known) and known.min() > 0 and known.max() / known.min() > 10)
