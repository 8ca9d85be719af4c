"""The difference of two sides with its 95 % interval: over runs where there are several, else within the one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

BETWEEN = "between runs"
WITHIN = "within one run a side"
_QUANTILE = 0.975
_POWER = 0.8
_ROUNDING = 1e-12


class Estimate(NamedTuple):
    """A statistic of one run; its standard error over the noise within the run, with degrees of freedom, if known.

    `reason` is why the error is not known.
    """

    value: float
    error: float | None = None
    freedom: float = 0.0
    reason: str = ""


class Difference(NamedTuple):
    """Side B minus side A; `low` and `high` bound the 95 % interval, None without one, for `reason`.

    `covers` is the noise that the interval covers. `smallest` is the true difference that runs such as these would
    have shown in four of five cases, that is, whose interval would have left out 0.
    """

    a: float
    b: float
    difference: float
    low: float | None = None
    high: float | None = None
    smallest: float | None = None
    covers: str | None = None
    reason: str = ""

    @property
    def is_shown(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


class _Spread(NamedTuple):
    variance: float
    freedom: float


def difference(a: Sequence[Estimate], b: Sequence[Estimate]) -> Difference:
    """The difference of the sides' means over their runs, each run counting once.

    With two runs or more on a side it is Welch's interval: runs are the independent units, whatever happens within
    them. A side of one run is taken to scatter as the runs of the other do. With one run a side the interval is
    made of the noise within the two, and says nothing of how runs differ.
    """
    means = [float(np.mean([one.value for one in side])) for side in (a, b)]
    found = Difference(means[0], means[1], _exact(means[1] - means[0], means))
    if len(a) == len(b) == 1:
        known = [_Spread(one.error**2, one.freedom) for one in (*a, *b) if one.error is not None]
        return found._replace(reason=_missing(a[0], b[0])) if len(known) < 2 else _interval(found, known, WITHIN)
    return _interval(found, _over_runs(a, b), BETWEEN)


def _missing(a: Estimate, b: Estimate) -> str:
    """Return why there is no interval, and on which side if only on one."""
    if a.reason == b.reason:
        return a.reason
    return "; ".join(f"{label}: {one.reason}" for label, one in (("A", a), ("B", b)) if one.reason)


def _over_runs(a: Sequence[Estimate], b: Sequence[Estimate]) -> list[_Spread]:
    """Return the variance of each side's mean; if one side has one run, both are from the other side's runs.

    It is never less than the noise within the runs alone: two runs that happen to be alike prove nothing.
    """
    of_a, of_b = _variance(a), _variance(b)
    if of_a and of_b:
        return [_Spread(spread.variance / len(side), spread.freedom) for side, spread in ((a, of_a), (b, of_b))]
    (only,) = (spread for spread in (of_a, of_b) if spread)
    return [_Spread(only.variance * (1 / len(a) + 1 / len(b)), only.freedom)]


def _variance(side: Sequence[Estimate]) -> _Spread | None:
    """Return the variance between the runs of a side; None if it has one run."""
    if len(side) < 2:
        return None
    within = [one.error**2 for one in side if one.error is not None]
    scatter = float(np.var([one.value for one in side], ddof=1))
    return _Spread(max(scatter, float(np.mean(within)) if within else 0.0), float(len(side) - 1))


def _interval(found: Difference, spreads: Sequence[_Spread], covers: str) -> Difference:
    """Student's t with Welch's degrees of freedom."""
    from scipy import stats  # noqa: PLC0415 - comes with the extra `compare`

    error = _exact(float(np.sqrt(sum(spread.variance for spread in spreads))), (found.a, found.b))
    parts = sum(spread.variance**2 / spread.freedom for spread in spreads)
    freedom = error**4 / parts if error and parts else sum(spread.freedom for spread in spreads)
    reach = float(stats.t.ppf(_QUANTILE, freedom))
    return found._replace(
        low=found.difference - reach * error,
        high=found.difference + reach * error,
        smallest=_smallest(reach, freedom) * error,
        covers=covers,
    )


def _smallest(reach: float, freedom: float) -> float:
    """The true difference that is shown in four of five cases, in standard errors as they are usually found.

    What is shown follows a noncentral t distribution; errors that rest on few degrees of freedom are found too small
    more often than not, by the median of chi squared.
    """
    from scipy import optimize, stats  # noqa: PLC0415 - as above

    shift = optimize.brentq(lambda shift: float(stats.nct.sf(reach, freedom, shift)) - _POWER, 0, 2 * reach + 5)
    return float(shift) * float(np.sqrt(freedom / stats.chi2.ppf(0.5, freedom)))


def _exact(value: float, of: Sequence[float]) -> float:
    """Return the value, or 0 if it is within the rounding error of the means."""
    return value if abs(value) > _ROUNDING * max(map(abs, of)) else 0.0
