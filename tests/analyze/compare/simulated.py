"""Series of which the truth is known: autoregressions, and runs from the generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.signal import lfilter

from perfmon_analyze.compare.comparison import estimates
from perfmon_analyze.compare.difference import Difference, difference
from perfmon_analyze.compare.quantities import SampleSeries
from perfmon_analyze.derive import arrays, rates
from perfmon_analyze.derive.arrays import Array
from perfmon_analyze.synthetic.noise import RandomStreams
from perfmon_analyze.synthetic.study import JOBS
from perfmon_analyze.synthetic.tables import record

if TYPE_CHECKING:
    from collections.abc import Sequence

STATISTICS: dict[str, Callable[[Array], float]] = {
    "mean": lambda values: float(values.mean()),
    "median": lambda values: float(np.median(values)),
    "P95": lambda values: float(np.percentile(values, 95)),
}
_LOG_SPREAD = 0.35  # of batch times: the 95th percentile is 1.8 times the median
_SETTLING = 500  # samples in which an autoregression forgets where it began


class Tried(NamedTuple):
    """What came of many comparisons of one statistic: shares of all, except `covered` and `power`, of those judged.

    `covered` is how often the interval held the true difference, `power` how often one of the median `smallest` would
    have been shown, `refused` how often there was no interval.
    """

    statistic: str
    covered: float
    power: float
    refused: float
    judged: int


def autoregression(generator: np.random.Generator, count: int, memory: float) -> Array:
    """Values whose logarithm is a stationary first-order autoregression with this lag-1 correlation."""
    noise = generator.normal(size=count + _SETTLING) * np.sqrt(1 - memory**2)
    whole: Array = lfilter([1.0], [1.0, -memory], noise)
    values: Array = np.exp(_LOG_SPREAD * whole[_SETTLING:])
    return values


def true_values() -> dict[str, float]:
    """The statistics of `autoregression`, of infinitely many values."""
    return {"mean": float(np.exp(_LOG_SPREAD**2 / 2)), "median": 1.0, "P95": float(np.exp(1.6448536 * _LOG_SPREAD))}


def from_generator(what: str, job: int, seed: int, *, seconds: float, interval: float) -> Array:
    """One measure of a synthetic run after its warm-up, by the names in `MEASURES`."""
    tables = record(JOBS[job], seconds, RandomStreams(seed, str(job)), interval=interval, phase=0.0).tables
    table, measure = MEASURES[what]
    columns = {name: values for name, values in tables[table].items() if isinstance(values, np.ndarray)}
    kept: Array = arrays.finite(measure(columns)[columns["t"] > min(0.1 * seconds, 300.0)])
    return kept


def _cpu(columns: dict[str, Array]) -> Array:
    names = ("t", "cpu_user_seconds", "cpu_system_seconds", "cpus_allowed")
    return rates.job_cpu_percent(*(columns[name] for name in names))


MEASURES: dict[str, tuple[str, Callable[[dict[str, Array]], Array]]] = {
    "GPU utilization": ("gpu", lambda columns: 100 * columns["busy_ratio"]),
    "GPU power": ("gpu", lambda columns: columns["power_watts"]),
    "CPU utilization": ("job", _cpu),
    "time per batch": ("batch", lambda columns: columns["seconds"] + columns["wait_seconds"]),
}


def compared(a: Array, b: Array) -> dict[str, Difference]:
    """The difference of each statistic, one run a side."""
    of_a, of_b = (estimates(SampleSeries((side,), side), STATISTICS) for side in (a, b))
    return {name: difference([of_a[name]], [of_b[name]]) for name in STATISTICS}


def tried(pairs: Sequence[dict[str, Difference]], truth: dict[str, float]) -> list[Tried]:
    """What came of comparisons whose true differences are known."""
    return [_tried(name, [pair[name] for pair in pairs], truth[name]) for name in STATISTICS]


def _tried(name: str, told: Sequence[Difference], truth: float) -> Tried:
    ends = np.array([(one.low, one.high, one.smallest) for one in told if one.low is not None], dtype=np.float64)
    if not len(ends):
        return Tried(name, np.nan, np.nan, 1.0, 0)
    low, high, smallest = ends.T
    covered = (low <= truth) & (truth <= high)
    moved = float(np.median(smallest)) - truth  # a difference that is added to B moves its interval by as much
    shown = (low + moved > 0) | (high + moved < 0)
    return Tried(name, float(covered.mean()), float(shown.mean()), 1 - len(ends) / len(told), len(ends))
