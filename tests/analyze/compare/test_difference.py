"""The interval of a difference: over runs, or within one a side."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from perfmon_analyze.compare.difference import BETWEEN, WITHIN, Estimate, difference

A, B = [10.0, 11.0, 12.0], [20.0, 20.5, 23.0, 22.0]


def values(numbers: list[float], error: float | None = None) -> list[Estimate]:
    """Runs with these values, and this much noise within each."""
    return [Estimate(number, error, 50.0) for number in numbers]


def test_several_runs_a_side_are_welchs_interval() -> None:
    """Against scipy's own: runs are the units, whatever the noise within them."""
    found = difference(values(A, 0.01), values(B, 0.01))
    welch = stats.ttest_ind(B, A, equal_var=False).confidence_interval(0.95)

    assert pytest.approx((welch.low, welch.high)) == (found.low, found.high)
    assert (found.a, found.b, found.covers) == (11.0, 21.375, BETWEEN)


def test_one_run_a_side_has_the_noise_within() -> None:
    """The errors add up in squares, with Welch's degrees of freedom."""
    found = difference([Estimate(10.0, 0.3, 20.0)], [Estimate(12.0, 0.4, 30.0)])
    reach = stats.t.ppf(0.975, 0.5**4 / (0.3**4 / 20 + 0.4**4 / 30)) * 0.5

    assert pytest.approx((2 - reach, 2 + reach)) == (found.low, found.high)
    assert found.covers == WITHIN
    assert found.is_shown


def test_a_side_of_one_run_scatters_as_the_other() -> None:
    """The variance is that of the side with several runs, and so are the degrees of freedom."""
    found = difference(values([10.0]), values(B))
    reach = stats.t.ppf(0.975, 3) * np.std(B, ddof=1) * np.sqrt(1 + 1 / 4)

    assert pytest.approx(found.difference + reach) == found.high


def test_runs_that_happen_to_be_alike() -> None:
    """Two runs with the same value are still no surer than the noise within each."""
    found = difference(values([10.0, 10.0], 1.0), values([12.0, 12.0], 1.0))

    assert found.low is not None
    assert found.low < 0


def test_equal_readings() -> None:
    """Rounding makes no difference, and no interval, of runs that read the same."""
    found = difference(values([0.1 + 0.2] * 3), values([0.3] * 3))

    assert (found.difference, found.low, found.high, found.smallest, found.is_shown) == (0.0, 0.0, 0.0, 0.0, False)


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [(("one number", "one number"), "one number"), (("", "it wanders"), "B: it wanders")],
)
def test_no_interval(reasons: tuple[str, str], expected: str) -> None:
    """Why there is none is told, and of which side."""
    a, b = (Estimate(1.0, None if reason else 0.1, 50.0, reason) for reason in reasons)
    found = difference([a], [b])

    assert (found.low, found.high, found.smallest, found.reason) == (None, None, None, expected)
    assert not found.is_shown


def test_no_noise_at_all() -> None:
    """Two constants differ by what they differ."""
    found = difference(values([1.0], 0.0), values([3.0], 0.0))

    assert (found.low, found.high, found.smallest) == (2.0, 2.0, 0.0)
