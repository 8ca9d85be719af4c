"""Even slots on the monotonic clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon.recorder.ticker import Ticker


def test_slots_lie_on_the_wall_clocks_grid() -> None:
    """The first slot is the next multiple of the interval on the wall clock, so that hosts sample together."""
    ticker = Ticker(0.25, monotonic=1000.0, wall=5000.1)

    assert ticker.deadline == pytest.approx(1000.15)


def test_no_drift_over_an_hour() -> None:
    """However late each tick is taken, the grid stays where it is."""
    ticker = Ticker(0.1, monotonic=50.0, wall=1e9)
    first = ticker.deadline
    for _ in range(36_000):
        late = ticker.take(ticker.deadline + 0.03)

        assert late == pytest.approx(0.03, abs=1e-6)
    assert ticker.deadline == pytest.approx(first + 3600, abs=1e-6)
    assert ticker.missed == 0


def test_missed_slots_are_counted_and_not_made_up_for() -> None:
    """After a pause the next slot is the one that is due, and the ones that passed are missed."""
    ticker = Ticker(1.0, monotonic=100.0, wall=0.0)
    ticker.take(101.0)
    late = ticker.take(105.3)

    assert ticker.missed == 3
    assert late == pytest.approx(0.3)
    assert ticker.deadline == pytest.approx(106.0)


@given(st.floats(0.001, 100), st.floats(0, 1e9), st.floats(0, 2e9), st.lists(st.floats(0, 50), max_size=30))
def test_deadline_is_ahead(interval: float, monotonic: float, wall: float, waits: list[float]) -> None:
    """Whatever the clocks say, the next slot is after the one taken and at most one interval ahead."""
    ticker = Ticker(interval, monotonic=monotonic, wall=wall)
    now = monotonic
    for wait in waits:
        now = max(ticker.deadline, now + wait)
        before = ticker.deadline
        ticker.take(now)

        assert before < ticker.deadline <= now + interval * 1.001 + 1e-6
