"""Intervals hold the truth as often as they say; a small part of scripts/compare-coverage, with fixed seeds."""

from __future__ import annotations

import pytest

from .coverage import autoregressions, several


@pytest.mark.parametrize(("memory", "size"), [(0.0, 300), (0.9, 1000)])
def test_of_autoregressions(monkeypatch: pytest.MonkeyPatch, memory: float, size: int) -> None:
    """Of 100 intervals of mean and median, with and without memory, about 95 % hold the true difference of 20 %."""
    monkeypatch.setattr("perfmon_analyze.compare.bootstrap.REPETITIONS", 200)  # as right, and five times as fast
    told = {row.told.statistic: row.told for row in autoregressions(100, memories=[memory], counts=[size])}

    for name in ("mean", "median"):
        assert 0.90 <= told[name].covered <= 0.99
        assert 0.70 <= told[name].power <= 0.92
        assert told[name].refused == 0


def test_a_long_memory_is_refused() -> None:
    """60 samples with a correlation of 0.97 are worth one: an interval of them would hold the truth half the time."""
    assert all(row.told.refused == 1 for row in autoregressions(20, memories=[0.97], counts=[60]))


def test_of_several_runs() -> None:
    """Intervals over runs hold the truth whatever their number, and four of five show what they are said to show."""
    for row in several(2000):
        assert 0.93 <= row.told.covered <= 0.99, row.case
        assert 0.74 <= row.told.power <= 0.85, row.case
