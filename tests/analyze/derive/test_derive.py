"""Every formula, on numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon_analyze.derive import arrays, gaps, rates, statistics, units

NAN = float("nan")


def array(*values: float) -> arrays.Array:
    """Floats as an array."""
    return np.array(values, dtype=np.float64)


def same(expected: arrays.Array, actual: arrays.Array) -> bool:
    """Whether two arrays are equal, NaN being equal to itself."""
    return bool(np.allclose(expected, actual, equal_nan=True))


def test_usable_cpus_are_the_lesser_of_affinity_and_quota() -> None:
    """No quota is no limit; once no process lives nothing is usable, whatever the quota."""
    assert same(array(1.5, 4, 4, NAN), rates.usable_cpus(array(4, 4, 4, NAN), array(1.5, 8, NAN, 2)))
    assert float(rates.usable_cpus(4.0, NAN)) == 4.0


def test_a_counter_that_goes_backwards_is_a_gap() -> None:
    """What happened around a reset is not known; it is never negative."""
    assert same(array(NAN, 2, NAN, 4), rates.increments(array(1, 3, 1, 5)))


def test_cpu_of_a_job_is_a_share_of_its_cpus() -> None:
    """Three CPU seconds in two seconds on four CPUs are 37.5 percent."""
    percent = rates.job_cpu_percent(array(0, 2, 3), array(0, 2, 2), array(0, 1, 1), array(4, 4, 4))

    assert same(array(NAN, 37.5, 0), percent)


def test_cpu_of_a_host_leaves_out_waiting_for_disks() -> None:
    """Iowait is idle time, steal is busy time."""
    zero_then = [array(0, value) for value in (2.0, 1.0, 4.0, 2.0, 1.0)]

    assert same(array(NAN, 40.0), rates.host_cpu_percent(*zero_then))


def test_cpu_of_a_host_without_steal() -> None:
    """A machine that does not tell steal has none."""
    user, system, idle, iowait = (array(0, value) for value in (1.0, 1.0, 2.0, 0.0))

    assert same(array(NAN, 50.0), rates.host_cpu_percent(user, system, idle, iowait, array(NAN, NAN)))


def test_a_gpu_without_a_row_is_not_known() -> None:
    """A pivoted table has NaN where an entity was silent, so that sums are not too small."""
    times, grid = rates.pivot(array(0, 0, 1), np.array([3, 7, 3]), array(1, 2, 3))

    assert same(array(0, 1), times)
    assert same(np.array([[1, 2], [3, NAN]]), grid)


def test_time_to_full() -> None:
    """Free space divided by how fast it fell within the window; infinite while it does not fall, NaN at the start."""
    seconds = rates.seconds_to_full(array(0, 10, 20, 30, 40), array(100, 90, NAN, 50, 60), window_seconds=20)

    assert same(array(NAN, 90, NAN, 25, np.inf), seconds)


def test_write_amplification() -> None:
    """Three bytes written for one that stays are 3; without growth nothing can be said."""
    values = array(rates.write_amplification(60, 20), rates.write_amplification(60, -5))

    assert same(array(3, NAN), values)


def test_folders_count_with_their_latest_scan() -> None:
    """One that was not seen yet has grown by nothing; where none has a value nothing is known."""
    growth = np.array([[1, NAN], [NAN, 5], [NAN, NAN], [4, 6]])

    assert same(array(1, 6, NAN, 10), rates.total_growth(growth))


def test_missing_samples_break_the_line() -> None:
    """A pause of more than 2.5 intervals gets a NaN in its middle."""
    t, values = gaps.with_gaps(array(0, 1, 2, 6, 7), array(1, 2, 3, 4, 5), 1.0)

    assert same(array(0, 1, 2, 4, 6, 7), t)
    assert same(array(1, 2, 3, NAN, 4, 5), values)


def test_a_slow_source_has_a_pace_of_its_own() -> None:
    """Folders scanned every ten seconds are no gaps at an interval of one."""
    t = array(0, 10, 20, 30)

    assert same(t, gaps.with_gaps(t, t, 1.0)[0])


def test_one_sample_has_no_gaps() -> None:
    """A run of one sample stays as it is."""
    assert same(array(3), gaps.with_gaps(array(0), array(3), 1.0)[1])


@pytest.mark.parametrize(
    ("span", "unit"),
    [(0, "seconds"), (119, "seconds"), (120, "minutes"), (1799, "minutes"), (1800, "hours"), (36000, "hours")],
)
def test_units_of_time(span: float, unit: str) -> None:
    """Hours from half an hour, minutes from two minutes, else seconds."""
    assert unit == units.time_unit(span)[1]


@pytest.mark.parametrize(("largest", "unit"), [(0, "GB"), (2**30, "GB"), (2**24, "GB"), (2**20, "MB")])
def test_units_of_size(largest: float, unit: str) -> None:
    """GB, unless nothing reaches a hundredth of one."""
    assert unit == units.size_unit(largest)[1]


def test_a_box_is_tukeys() -> None:
    """Quartiles by linear interpolation, whiskers at the last value within 1.5 interquartile ranges."""
    box = statistics.box(array(1, 2, 3, 4, 5, 100, NAN))

    assert box[:-1] == (6, 115 / 6, 3.5, 2.25, 4.75, 1, 5)
    assert list(box.outliers) == [100.0]


def test_a_box_needs_a_value() -> None:
    """Of nothing there are no statistics."""
    with pytest.raises(ValueError, match="at least one"):
        statistics.box(array(NAN))


@given(st.lists(st.floats(-1, 103), min_size=1, max_size=50))
def test_a_density_integrates_to_one(values: list[float]) -> None:
    """Whatever the values, those a little beyond the edges included."""
    edges = np.linspace(0, 100, 51)

    assert pytest.approx(float((statistics.density(np.array(values), edges) * np.diff(edges)).sum())) == 1.0


@given(st.lists(st.floats(0, 10), max_size=40), st.sampled_from([1, 5, 9]), st.sampled_from([1, 2, 7]))
def test_rolling_median_is_the_median_around_each_value(values: list[float], window: int, step: int) -> None:
    """At the places asked for; the window is cut off at both ends."""
    places = range(0, len(values), step)
    expected = [np.median(values[max(i - window // 2, 0) : i + window // 2 + 1]) for i in places]

    assert expected == list(statistics.rolling_median(np.array(values), window, np.array(places, dtype=np.int64)))


def test_a_box_in_another_unit() -> None:
    """All but the count of samples are divided."""
    values = array(1, 2, 3, 4, 5, 100)
    inner, other = statistics.box(values).per(10.0), statistics.box(values / 10.0)

    assert pytest.approx(other[:-1]) == inner[:-1]
    assert list(inner.outliers) == list(other.outliers) == [10.0]


@pytest.mark.parametrize(("count", "window"), [(1, 5), (400, 11), (10**6, 101)])
def test_median_windows_are_odd(count: int, window: int) -> None:
    """A fortieth of the series, from 5 to 101."""
    assert window == statistics.median_window(count)


def test_histogram_edges_cover_all_values() -> None:
    """Also if all are the same, or one is far away."""
    for values in (array(2, 2), array(0, 0), array(1, 2, 3, 1e6), np.linspace(0, 1, 1000)):
        edges = statistics.histogram_edges(values)

        assert len(values) == np.histogram(values, edges)[0].sum()
        assert 2 <= len(edges) <= 101


@pytest.mark.parametrize(
    ("values", "expected"), [((1, 10), False), ((1, 11), True), ((0, 11), False), ((-1, 50), False), ((NAN,), False)]
)
def test_log_scale_is_for_wide_positive_values(values: tuple[float, ...], expected: bool) -> None:
    """More than a factor of ten, and nothing that has no logarithm."""
    assert expected == statistics.needs_log_scale(array(*values))


def test_throughput_counts_waiting() -> None:
    """Thirty items in two seconds of work and one of waiting are ten a second."""
    assert rates.throughput(array(10, 20), array(1, 1), array(1, NAN)) == 10.0


def test_throughput_of_what_is_not_known() -> None:
    """Without items there is none."""
    assert rates.throughput(array(NAN), array(1), array(0)) is None


def test_the_last_moment_is_no_sample_of_its_own() -> None:
    """An interval that ended with the job, of less than the kernel's tick, says nothing but with the one before it."""
    t, used, none = array(0, 1, 2, 2.005), array(0, 1, 2, 2), array(0, 0, 0, 0)
    of_job = rates.job_cpu_percent(t, used, none, array(1, 1, 1, 1))
    of_host = rates.host_cpu_percent(used, none, t - used, none, none)

    assert of_job.tolist() == pytest.approx([NAN, 100, 100, 100 / 1.005], nan_ok=True)
    assert of_host.tolist() == pytest.approx([NAN, 100, 100, 100 / 1.005], nan_ok=True)


def test_a_last_interval_of_some_length_is() -> None:
    """From half of the one before it on, it stands for itself."""
    percent = rates.job_cpu_percent(array(0, 1, 2, 2.5), array(0, 1, 2, 2), array(0, 0, 0, 0), array(1, 1, 1, 1))

    assert percent.tolist() == pytest.approx([NAN, 100, 100, 0], nan_ok=True)


def test_held_values() -> None:
    """The last reading holds while the level is the same and known; before the first there is none."""
    values = np.array([NAN, 1.0, NAN, NAN, NAN, 2.0])
    level = np.array([5.0, 5.0, 5.0, 6.0, NAN, NAN])

    assert gaps.hold_last(values, level).tolist() == pytest.approx([NAN, 1.0, 1.0, NAN, NAN, 2.0], nan_ok=True)
    assert gaps.hold_last(np.empty(0), np.empty(0)).tolist() == []
