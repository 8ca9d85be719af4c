"""Every formula that derives a measure from recorded columns: pure functions on arrays. Nothing else derives any.

Arrays are float64 of one length, in the order of time; NaN means not known and stays NaN: it never counts as 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive.arrays import Array, finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_SECONDS = 600.0  # over which a rate of growth is taken


def increments(counter: Array) -> Array:
    """The increase of a counter since the sample before; NaN at the first sample, and where the counter decreased.

    A counter that decreases was reset, or a process left its sum: what happened in between is not known.
    """
    growth = np.full(len(counter), np.nan)
    np.subtract(counter[1:], counter[:-1], out=growth[1:])
    growth[growth < 0] = np.nan
    return growth


def usable_cpus(allowed: Array | float, quota: Array | float) -> Array:
    """CPUs that a job may use: the lesser of its CPU affinity and its control group's quota, where NaN is no quota."""
    return np.where(np.isnan(allowed), np.nan, np.fmin(allowed, quota))


def job_cpu_percent(t: Array, user_seconds: Array, system_seconds: Array, cpus: Array | float) -> Array:
    """CPU utilization of a job in percent of the CPUs that it may use, over the interval that ends at each sample.

    100 * d(user + system) / dt / CPUs: the %CPU of top(1) divided by the number of CPUs.
    """
    used, passed = _join_last_interval(increments(user_seconds + system_seconds), increments(t))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = used / passed / cpus * 100
    return np.where(np.isfinite(share), share, np.nan)


def _join_last_interval(used: Array, passed: Array) -> tuple[Array, Array]:
    """Add the interval before the last one to it if the last one is less than half as long; both arrays are changed.

    The last interval ends with the job, and may be shorter than the 10 ms in which the kernel counts CPU time: by
    chance it would be 0 or 100 %.
    """
    if len(passed) > 2 and passed[-1] < passed[-2] / 2:
        used[-1] += used[-2]
        passed[-1] += passed[-2]
    return used, passed


def host_cpu_percent(user: Array, system: Array, idle: Array, iowait: Array, steal: Array) -> Array:
    """CPU utilization of a machine in percent, over the interval that ends at each sample; arguments in CPU seconds.

    100 * busy / (busy + idle + iowait), busy = user + system + steal: fields of /proc/stat, see proc_stat(5). Waiting
    for a disk is idle time. NaN of steal counts as 0.
    """
    busy = increments(user) + increments(system) + np.nan_to_num(increments(steal))
    busy, passed = _join_last_interval(busy, busy + increments(idle) + increments(iowait))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 100 * busy / passed
    return np.where(np.isfinite(share), share, np.nan)


def percent(ratio: Array) -> Array:
    """Percent of a ratio from 0 to 1."""
    return ratio * 100


def pivot(t: Array, entity: NDArray[np.int64], values: Array) -> tuple[Array, Array]:
    """Long rows as a wide table: the times, ascending, and an array of times by entities, both ascending.

    NaN where an entity has no row.
    """
    if (t[1:] > t[:-1]).all() and (entity == entity[:1]).all():
        return t, values[:, np.newaxis]
    times, row = np.unique(t, return_inverse=True)
    entities, column = np.unique(entity, return_inverse=True)
    grid = np.full((len(times), len(entities)), np.nan)
    grid[row, column] = values
    return times, grid


def total_growth(growth: Array) -> Array:
    """The growth of all watched folders together in bytes: the sum over the columns of a table as `pivot` makes it.

    Folders are scanned at different times: each counts with its latest scan, and with 0 before its first one. A row in
    which no folder has a value is NaN.
    """
    if growth.shape[1] == 1:
        return growth[:, 0]
    known = ~np.isnan(growth)
    latest = np.maximum.accumulate(np.where(known, np.arange(len(growth))[:, None], -1), axis=0)
    filled = np.where(latest >= 0, np.take_along_axis(growth, np.maximum(latest, 0), axis=0), 0.0)
    return np.where(known.any(axis=1), filled.sum(axis=1), np.nan)


def seconds_to_full(t: Array, free_bytes: Array, window_seconds: float = WINDOW_SECONDS) -> Array:
    """Seconds until a file system is full if its free space goes on shrinking as within the window before each sample.

    free / (decrease / dt), from the oldest known sample of the window to this one. Infinite where it did not decrease;
    NaN where no older sample is known.
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
    """Bytes that a job wrote for each byte by which its folders grew; NaN where they did not grow.

    More than 1 means that it overwrote, removed, or wrote elsewhere; less than 1 that others wrote into the folders.
    """
    return written_bytes / growth_bytes if growth_bytes > 0 else float("nan")


def unattributed_bytes(group: Array, foreign: Array, pss: Array, pss_file: Array) -> Array:
    """Memory in the job's own control group that neither its process tree nor perfmon holds, at each sample, in bytes.

    group - beside - (PSS - PSS of mapped files): all without page cache. What is left are files on a tmpfs that nobody
    maps, and processes outside the tree. It may be below 0, since the terms are read one after the other.
    """
    return group - foreign - (pss - pss_file)


def unattributed_seconds(group: Array, foreign: Array, user: Array, system: Array) -> Array:
    """CPU seconds in the job's own control group since the first sample that neither its tree nor perfmon used."""
    rest = group - foreign - user - system
    known = finite(rest)
    return rest - known[0] if len(known) else rest


def throughput(amounts: Array, seconds: Array, wait_seconds: Array) -> float | None:
    """Amount per second over the batches of which both are known, waits included; None if there are none."""
    time = seconds + np.nan_to_num(wait_seconds)
    known = np.isfinite(amounts) & np.isfinite(time)
    spent = float(time[known].sum())
    return float(amounts[known].sum()) / spent if spent > 0 else None
