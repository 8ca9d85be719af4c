"""Every formula that turns readings into figures: pure functions on arrays. Nothing else derives anything.

Arrays are float64 of one length, in the order of time; NaN is "not known" and stays so: it never counts as 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GIB = 2.0**30  # what `nvidia-smi` and `free -h` call a gigabyte, and so do the figures
MIB = 2.0**20
_GAP = 2.5  # spacings after which samples are missing: one lost tick doubles a spacing, and half is for lateness
WINDOW_SECONDS = 600.0  # of a pace
_HOURS_FROM, _MINUTES_FROM = 1800.0, 120.0  # spans from which an axis in hours, in minutes, is readable


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
        """The same in another unit, of which each has `unit` of the values' own."""
        return self._replace(**{name: getattr(self, name) / unit for name in self._fields[1:]})


def increments(counter: Array) -> Array:
    """Growth of a counter from the sample before; NaN at the first one, and where it went backwards.

    A counter that goes backwards was reset, or a process left its sum: what happened in between is not known.
    """
    growth = np.full(len(counter), np.nan)
    np.subtract(counter[1:], counter[:-1], out=growth[1:])
    growth[growth < 0] = np.nan
    return growth


def usable_cpus(allowed: Array | float, quota: Array | float) -> Array:
    """CPUs that a job may use: those it may run on, or its control group's quota where that is less (NaN is none)."""
    return np.where(np.isnan(allowed), np.nan, np.fmin(allowed, quota))


def job_cpu_percent(t: Array, user_seconds: Array, system_seconds: Array, cpus: Array | float) -> Array:
    """CPU use of a job in percent of the CPUs that it may use, over the interval that ends at each sample.

    100 * d(user + system) / dt / CPUs: as in top(1), divided by how many there are.
    """
    used, passed = _end_joined(increments(user_seconds + system_seconds), increments(t))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = used / passed / cpus * 100
    return np.where(np.isfinite(share), share, np.nan)


def _end_joined(used: Array, passed: Array) -> tuple[Array, Array]:
    """The last interval with the one before it where it is less than half of that.

    It ends with the job, and may be shorter than the 10 ms that the kernel counts CPU time in: 0 or 100 % by chance.
    """
    if len(passed) > 2 and passed[-1] < passed[-2] / 2:
        used[-1] += used[-2]
        passed[-1] += passed[-2]
    return used, passed


def host_cpu_percent(user: Array, system: Array, idle: Array, iowait: Array, steal: Array) -> Array:
    """CPU use of a machine in percent, over the interval that ends at each sample; all in CPU seconds.

    100 * busy / (busy + idle + iowait), busy = user + system + steal: the fields of /proc/stat as proc_stat(5) tells
    them; waiting for a disk is idle time. A machine that does not tell steal has none.
    """
    busy = increments(user) + increments(system) + np.nan_to_num(increments(steal))
    busy, passed = _end_joined(busy, busy + increments(idle) + increments(iowait))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 100 * busy / passed
    return np.where(np.isfinite(share), share, np.nan)


def percent(ratio: Array) -> Array:
    """A ratio from 0 to 1 as percent."""
    return ratio * 100


def pivot(t: Array, entity: NDArray[np.int64], values: Array) -> tuple[Array, Array]:
    """Long rows as the times, ascending, and a column for each entity in ascending order; NaN where no row is."""
    if (t[1:] > t[:-1]).all() and (entity == entity[:1]).all():
        return t, values[:, np.newaxis]
    times, row = np.unique(t, return_inverse=True)
    entities, column = np.unique(entity, return_inverse=True)
    grid = np.full((len(times), len(entities)), np.nan)
    grid[row, column] = values
    return times, grid


def total_growth(growth: Array) -> Array:
    """What all watched folders grew by together: the sum over the columns of a pivoted table, in bytes.

    Folders are scanned at different times: each counts with its latest scan. One that was never seen yet has grown
    by nothing. A row in which no folder has a value is NaN.
    """
    if growth.shape[1] == 1:
        return growth[:, 0]
    known = ~np.isnan(growth)
    latest = np.maximum.accumulate(np.where(known, np.arange(len(growth))[:, None], -1), axis=0)
    filled = np.where(latest >= 0, np.take_along_axis(growth, np.maximum(latest, 0), axis=0), 0.0)
    return np.where(known.any(axis=1), filled.sum(axis=1), np.nan)


def seconds_to_full(t: Array, free_bytes: Array, window_seconds: float = WINDOW_SECONDS) -> Array:
    """How long the space that is free lasts if it goes on shrinking as it did within the window before each sample.

    free / (fall / dt), from the oldest known sample of the window to this one. Infinite where it did not fall; NaN
    where nothing older is known.
    """
    known = np.isfinite(free_bytes)
    at, free = t[known], free_bytes[known]
    first = np.searchsorted(at, at - window_seconds)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = (free[first] - free) / (at - at[first])  # 0 / 0 is NaN: the sample is alone
        left = np.where(rate > 0, free / rate, np.where(np.isnan(rate), np.nan, np.inf))
    seconds = np.full(len(t), np.nan)
    seconds[known] = left
    return seconds


def write_amplification(written_bytes: float, growth_bytes: float) -> float:
    """Bytes that a job wrote for each byte that its folders grew by; NaN where they did not grow.

    More than 1 is what it wrote over, removed again or wrote elsewhere; less is what others wrote into the folders.
    """
    return written_bytes / growth_bytes if growth_bytes > 0 else float("nan")


def held(values: Array, level: Array) -> Array:
    """Values that are read now and then: where one was not, the last one, as long as `level` is what it was then.

    NaN stays where the level has moved since, or is not known.
    """
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))
    return np.where(known[last] & (level == level[last]), values[last], values)


def unattributed_bytes(group: Array, beside: Array, pss: Array, pss_file: Array) -> Array:
    """Memory in the job's own control group that neither its tree nor perfmon holds, at each sample, in bytes.

    group - beside - (PSS - PSS of mapped files): all without page cache. Files on a tmpfs that nobody maps are in it,
    and processes that the tree does not see. Below 0 by what moved between two readings.
    """
    return group - beside - (pss - pss_file)


def unattributed_seconds(group: Array, beside: Array, user: Array, system: Array) -> Array:
    """CPU time in the job's own control group since the first sample that neither its tree nor perfmon took."""
    rest = group - beside - user - system
    known = finite(rest)
    return rest - known[0] if len(known) else rest


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


def time_unit(span_seconds: float) -> tuple[float, str]:
    """Seconds in the unit in which a span of time is readable, and its name."""
    if span_seconds >= _HOURS_FROM:
        return 3600.0, "hours"
    return (60.0, "minutes") if span_seconds >= _MINUTES_FROM else (1.0, "seconds")


def size_unit(largest_bytes: float) -> tuple[float, str]:
    """Bytes in a GB, or in an MB where nothing reaches a hundredth of a GB, and the unit's name."""
    return (GIB, "GB") if not 0 < largest_bytes < GIB / 100 else (MIB, "MB")


def finite(values: Array) -> Array:
    """The values that are known; where all are, the array itself."""
    known = np.isfinite(values)
    return values if known.all() else values[known]


def box(values: Array) -> Box:
    """Statistics for a box plot of the values that are known.

    Raises:
        ValueError: none is.
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
    """Height of each of the histogram's equal bars so that all bars have an area of 1.

    Values beyond the edges count in the outermost bars: the clocks of a CPU counter and of a tick differ a little.
    """
    known = np.clip(finite(percentages), edges[0], edges[-1])
    return np.histogram(known, len(edges) - 1, (edges[0], edges[-1]), density=True)[0]  # edges given are searched


def histogram_edges(values: Array) -> Array:
    """Edges of 10 to 100 equal bars over all values, as wide as Freedman and Diaconis advise if the count allows.

    2 IQR / n^(1/3): Freedman and Diaconis, "On the histogram as a density estimator", 1981.
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low - 0.5 * abs(low) - 1e-9, high + 0.5 * abs(high) + 1e-9])
    q1, q3 = np.percentile(values, (25, 75))
    width = 2 * (q3 - q1) / len(values) ** (1 / 3)
    bars = 100 if width <= 0 else int(np.clip(np.ceil((high - low) / width), 10, 100))
    return np.linspace(low, high, bars + 1)


def median_window(count: int) -> int:
    """An odd number of values for a rolling median: a fortieth of the series, from 5 to 101."""
    return int(np.clip(count // 40, 5, 101)) | 1


def rolling_median(values: Array, window: int, at: NDArray[np.int64]) -> Array:
    """Median of the window around the values at these places, ascending; it is cut off at both ends of the series.

    No value is NaN.
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
    """Whether values are all positive and spread over more than a factor of 10."""
    known = finite(values)
    return bool(len(known) and known.min() > 0 and known.max() / known.min() > 10)


def throughput(amounts: Array, seconds: Array, wait_seconds: Array) -> float | None:
    """Amount per second over the batches that tell both; waiting for the next batch counts as time."""
    time = seconds + np.nan_to_num(wait_seconds)
    known = np.isfinite(amounts) & np.isfinite(time)
    spent = float(time[known].sum())
    return float(amounts[known].sum()) / spent if spent > 0 else None
