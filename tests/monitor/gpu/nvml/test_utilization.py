"""The share of time in which a GPU was busy."""

from __future__ import annotations

import pytest

from perfmon.gpu.nvml.utilization import overwritten_seconds
from tests.monitor.gpu.nvml.conftest import Ask, Record


def test_a_burst_between_two_ticks_is_seen(record: Record) -> None:
    """Two bursts of 0.4 s, 5 s apart, are in the driver's samples when ticks are 2 s apart, and nothing else is."""
    run = record("at 0.5 every 5 for 0.4 gpu 0 busy 100", seconds=6.4, options=("--interval", "2s"))

    rows = [row for row in run.rows("gpu") if row["busy_samples"]]
    assert sum(row["busy_ratio"] * row["busy_samples"] for row in rows) / 6 == pytest.approx(0.8, abs=0.15)
    assert max(row["busy_max_ratio"] for row in rows) == 1.0
    assert sum(row["busy_zero_ratio"] * row["busy_samples"] for row in rows) >= 30


def test_samples_from_before_the_start_do_not_count(ask: Ask) -> None:
    """The driver's buffer holds seconds of work from before the run, of which the first tick tells nothing."""
    (tick,) = ask("gpu 0 busy 100\nat 4.9 gpu 0 busy 0", times=[0.4], age=5).ticks
    row = tick.rows[0]

    assert (row["busy_max_ratio"], row["busy_zero_ratio"], row["busy_samples"] in (2, 3)) == (0.0, 1.0, True)


def test_overwritten_samples_are_told(ask: Ask) -> None:
    """Where ticks are further apart than the driver's buffer reaches, an event says so, once until they are not."""
    skips = "".join(f"\nat {at} system skip 30" for at in (0.5, 0.7, 1.1))
    ticks = ask("gpu 0 uuid GPU-a\ngpu 0 busy 50" + skips, times=[0.4, 0.6, 0.8, 1.0, 1.2]).ticks

    assert [[event["kind"] for event in tick.events] for tick in ticks] == [[], ["overrun"], [], [], ["overrun"]]
    assert "samples of 14 s before" in ticks[1].events[0]["detail"]
    assert (ticks[1].rows[0]["busy_ratio"], ticks[1].rows[0]["busy_samples"]) == (0.5, 99)


def test_a_gap_before_a_few_samples_is_no_overrun() -> None:
    """An idle GPU has no samples; those that come after it count from where its work begins."""
    every = 166_667
    full, few = [range(0, number * every, every) for number in (99, 60)]

    assert overwritten_seconds(-5 * every, full) == pytest.approx(4 / 6, abs=0.001)
    assert [overwritten_seconds(-1 * every, full), overwritten_seconds(-500 * every, few)] == [0, 0]


@pytest.mark.parametrize("clock", ["unix", "boot"])
def test_stamps_of_either_clock_do(ask: Ask, clock: str) -> None:
    """Some drivers stamp samples with the time since boot; every sample is still taken once."""
    ticks = ask(f"system sample_clock {clock}\ngpu 0 busy 70", times=[0, 0.6, 1.2]).ticks

    assert [tick.rows[0]["busy_ratio"] for tick in ticks[1:]] == [0.7, 0.7]
    assert sum(tick.rows[0]["busy_samples"] for tick in ticks) in (6, 7, 8)


def test_an_empty_buffer_is_no_failure(ask: Ask) -> None:
    """An idle GPU has no samples; its point reading says 0, and nothing is missing."""
    (tick,) = ask("gpu 0 no_samples 1", times=[0.2]).ticks

    assert (tick.rows[0]["busy_ratio"], tick.rows[0]["busy_samples"]) == (0.0, 0)
    assert (f"GPU-{0:08d}-0000-0000-0000-000000000000", "busy_ratio") not in tick.missing


def test_a_transient_failure_is_one_gap(ask: Ask) -> None:
    """A call that fails now and then costs those values alone; the others, and the next, are there."""
    scenario = """
        gpu 0 uuid GPU-a
        gpu 0 no_samples 1
        gpu 0 busy 40
        gpu 0 fault nvmlDeviceGetUtilizationRates 999 2
    """
    ticks = ask(scenario, times=[0.4, 0.5, 0.6, 0.7]).ticks

    assert [tick.rows[0].get("busy_ratio") for tick in ticks] == [None, 0.4, None, 0.4]
    assert [tick.missing.get(("GPU-a", "busy_ratio")) for tick in ticks] == ["error", None, "error", None]
    assert all(tick.rows[0]["power_watts"] == 100 for tick in ticks)
