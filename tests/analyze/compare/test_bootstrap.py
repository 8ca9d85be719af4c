"""The noise within one run, and the refusals where none can be told."""

from __future__ import annotations

import numpy as np
import pytest

from perfmon_analyze.compare.bootstrap import TooFew, autocorrelation_time, bootstrap_errors
from tests.analyze.compare.simulated import autoregression

NORMAL = np.random.default_rng(1).normal(size=2000)


def mean(values: np.ndarray) -> np.ndarray:
    """The statistic, as an array of one."""
    return np.array([values.mean()])


def test_independent_samples_have_the_textbooks_error() -> None:
    """Of white noise the mean's error is the standard deviation over the root of the count."""
    found = bootstrap_errors((NORMAL,), mean, NORMAL)

    assert pytest.approx(found.errors[0], rel=0.1) == NORMAL.std() / np.sqrt(len(NORMAL))


def test_memory_widens_the_error() -> None:
    """With a correlation of 0.9 the mean of 4,000 samples errs as that of 4,000 / 19 independent ones."""
    series = np.log(autoregression(np.random.default_rng(2), 4000, 0.9))
    found = bootstrap_errors((series,), mean, series)

    assert pytest.approx(found.errors[0], rel=0.2) == series.std() * np.sqrt(19 / len(series))
    assert pytest.approx(autocorrelation_time(series), rel=0.15) == 19


def test_the_same_samples_give_the_same_error() -> None:
    """The bootstrap's seed is fixed."""
    assert bootstrap_errors((NORMAL,), mean, NORMAL).errors == bootstrap_errors((NORMAL,), mean, NORMAL).errors


def test_a_constant_has_no_error() -> None:
    """A series that never changes is known."""
    assert bootstrap_errors((np.full(100, 7.0),), mean, np.full(100, 7.0)).errors == [0.0]


@pytest.mark.parametrize(
    "series",
    [NORMAL[:29], np.arange(600.0), np.repeat([1.0, 2.0, 3.0], 200), np.cumsum(NORMAL)],
    ids=["too short", "a trend", "steps", "a random walk"],
)
def test_no_error_can_be_told(series: np.ndarray) -> None:
    """What is short, or wanders through the whole run, is worth too few independent samples."""
    with pytest.raises(TooFew):
        bootstrap_errors((series,), mean, series)


def test_series_are_resampled_together() -> None:
    """A ratio of two series that rise and fall together hardly errs."""
    seconds = 1 + 0.2 * np.abs(NORMAL)
    items = 16 * seconds

    def rate(items: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        return np.array([items.sum() / seconds.sum()])

    assert pytest.approx(bootstrap_errors((items, seconds), rate, seconds).errors[0], abs=1e-12) == 0.0
