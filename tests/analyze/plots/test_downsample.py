"""Lines reduced to what a pixel column shows, and points to what a place shows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon_analyze.plots.downsample import downsample, thin_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfmon_analyze.derive.arrays import Array

COLUMNS = 5
NAN = float("nan")
LINES = st.lists(st.one_of(st.just(NAN), st.integers(-5, 5).map(float)), min_size=50, max_size=200)


def column_of(t: Array, known: Array) -> NDArray[np.int64]:
    """The pixel column of each time, of a line between the first and the last known."""
    return np.searchsorted(np.linspace(known[0], known[-1], COLUMNS + 1)[1:-1], t, side="right")


def test_short_lines_stay() -> None:
    """Up to four samples a column nothing is left out, and there are no means."""
    t = np.arange(40.0)

    assert downsample(t, t, 10).t is t
    assert downsample(t, t, 10).values is t
    assert len(downsample(t, t, 10).means) == 0


def test_nothing_known_draws_nothing() -> None:
    """A long line without a value is empty."""
    assert not any(len(part) for part in downsample(np.arange(50.0), np.full(50, NAN), COLUMNS))


@given(LINES)
def test_a_column_keeps_what_it_shows(values: list[float]) -> None:
    """In every column the lowest, the highest, the first and the last value stay, and nothing else is made up."""
    original = np.array(values)
    known = np.flatnonzero(~np.isnan(original)).astype(float)
    line = downsample(np.arange(float(len(values))), original, COLUMNS)
    drawn = ~np.isnan(line.values)

    assert list(original[line.t[drawn].astype(int)]) == list(line.values[drawn])
    for column in range(COLUMNS if len(known) else 0):
        whole = original[known[column_of(known, known) == column].astype(int)].tolist()
        part = line.values[drawn & (column_of(line.t, known) == column)].tolist()
        assert [*sorted(whole)[:1], *sorted(whole)[-1:]] == [*sorted(part)[:1], *sorted(part)[-1:]]
        assert [*whole[:1], *whole[-1:]] == [*part[:1], *part[-1:]]


@given(LINES)
def test_breaks_that_can_be_seen_stay(values: list[float]) -> None:
    """No break is drawn where there is none, and none as wide as a column is bridged."""
    original = np.array(values)
    known = np.flatnonzero(~np.isnan(original)).astype(float)
    line = downsample(np.arange(float(len(values))), original, COLUMNS)
    at = np.flatnonzero(np.isnan(line.values))
    breaks = set(zip(line.t[at - 1], line.t[at + 1], strict=True))

    all_breaks = {(a, b) for a, b in pairwise(known) if b > a + 1}
    assert breaks <= all_breaks
    assert {(a, b) for a, b in all_breaks if b - a > (known[-1] - known[0]) / COLUMNS} <= breaks
    assert bool(all_breaks) == bool(breaks)


def test_the_widest_break_of_a_column_stays() -> None:
    """Narrower ones within the same column cannot be seen; a column keeps one, so that none looks unbroken."""
    values = np.zeros(100)
    values[[23, 30, 31, 32, 37]] = NAN
    line = downsample(np.arange(100.0), values, COLUMNS)
    (at,) = np.flatnonzero(np.isnan(line.values))

    assert (line.t[at - 1], line.t[at + 1]) == (29.0, 33.0)


def test_a_spike_of_one_sample_stays() -> None:
    """One in a million, up or down."""
    values = np.ones(1_000_000)
    values[123_456], values[654_321] = 9.0, -3.0
    line = downsample(np.arange(1e6), values, 1000)

    assert (line.values.max(), line.t[line.values.argmax()]) == (9.0, 123_456.0)
    assert (line.values.min(), line.t[line.values.argmin()]) == (-3.0, 654_321.0)
    assert len(line.values) < 4000


def test_means_are_of_all_samples() -> None:
    """Where samples go up and down within every column, the column's mean is exact, at the middle of its time."""
    values = np.random.default_rng(1).uniform(0, 10, 1000)
    line = downsample(np.arange(1000.0), values, COLUMNS)

    assert list(line.means) == pytest.approx([values[start : start + 200].mean() for start in range(0, 1000, 200)])
    assert list(line.means_t) == [99.5, 299.5, 499.5, 699.5, 899.5]


def test_means_are_broken_where_the_line_is() -> None:
    """Samples missing for longer than a column break the line of means, too; a column without any has no mean."""
    values = np.tile([0.0, 10.0], 500)
    values[150:450] = NAN
    line = downsample(np.arange(1000.0), values, COLUMNS)

    assert np.isnan(line.means).tolist() == [False, True, False, False, False]
    assert line.means[0] == 5.0


def test_a_smooth_line_needs_no_means() -> None:
    """A line that rises or stays within most columns is drawn as it is, whatever single spikes it has."""
    values = np.linspace(0, 1, 10_000)
    values[5000] = 2.0

    assert len(downsample(np.arange(1e4), values, 100).means) == 0


def test_points_on_top_of_each_other_are_left_out() -> None:
    """A place keeps as many as are told apart, one far from all others stays."""
    x, y = np.arange(1000.0), np.zeros(1000)
    y[500] = 9.0

    shown = thin_points(x, y, columns=10, rows=10, most=3)

    assert len(shown) == 31
    assert 500 in shown
    assert shown.tolist() == sorted(shown)


def test_few_points_stay() -> None:
    """Points with room around them are all shown, equal ones too."""
    assert thin_points(np.arange(3.0), np.ones(3), columns=10, rows=10, most=1).tolist() == [0, 1, 2]
