"""Small bars."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon_analyze.text import sparkline

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "top", "bars"),
    [
        ([0.0, 50.0, 100.0], 100.0, "▁▄█"),
        ([1.0, 2.0, 4.0], None, "▂▄█"),
        ([3.0, NAN, 3.0], None, "█ █"),
        ([0.0, 0.0], None, "▁▁"),
        ([NAN], None, " "),
        ([200.0], 100.0, "█"),
        ([], None, ""),
    ],
)
def test_bars(values: list[float], top: float | None, bars: str) -> None:
    """From 0 up; what is not known is a gap, never a low bar."""
    assert sparkline.bars(np.array(values), top) == [bars]


def test_means_over_time() -> None:
    """Each part of the time has the mean of its samples, however unevenly they lie."""
    t, values = np.array([0.0, 1.0, 1.1, 1.2, 3.9]), np.array([0.0, 100.0, 100.0, 100.0, 50.0])

    assert sparkline.over_time(t, values, span=(0.0, 4.0), width=2, top=100.0) == "▆▄"


def test_fewer_samples_than_parts() -> None:
    """A sample stands for the time since the one before; a NaN between two is a gap."""
    t, values = np.array([0.0, 2.0, 3.0, 4.0]), np.array([0.0, 100.0, NAN, 50.0])

    assert sparkline.over_time(t, values, span=(0.0, 4.0), width=8, top=100.0) == "▁███   ▄"


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100) | st.just(NAN)), max_size=30),
    st.integers(0, 20),
    st.floats(0, 120),
)
def test_any_samples(samples: list[tuple[float, float]], width: int, end: float) -> None:
    """The bars are as many as they should be, and nothing warns."""
    t, values = np.array(sorted(samples)).reshape(-1, 2).T

    assert len(sparkline.over_time(t, values, span=(0.0, end), width=width)) == width
