"""Steps of the wall clock and sleeps of the machine become events."""

from __future__ import annotations

from perfmon.recorder.clock_steps import ClockWatch
from perfmon.store.run_clock import Clock


class Clocks:
    """Three clocks that a test sets by hand, in seconds."""

    def __init__(self) -> None:
        self.monotonic = self.boot = 100.0
        self.wall = 1_800_000_000.0
        self.clock = Clock(100.0, monotonic=lambda: self.monotonic, wall=lambda: int(self.wall * 1e9))
        self.watch = ClockWatch(self.clock, boottime=lambda: self.boot)

    def told(self, seconds: float, *, stepped: float = 0.0, slept: float = 0.0) -> list[tuple[object, ...]]:
        """What is told after so many seconds in which this happened: kind, begin_t, end_t and words."""
        self.monotonic += seconds
        self.boot += seconds + slept
        self.wall += seconds + slept + stepped
        return [
            (row["kind"], row["begin_t"], row["end_t"], row["detail"])
            for _, row in self.watch.check(self.clock.stamp())
        ]


def test_a_step_back_and_forth() -> None:
    """Each step is told once, with its size and between which ticks it was."""
    clocks = Clocks()

    assert clocks.told(1.0) == []
    assert clocks.told(1.0, stepped=-3600.0) == [("clock", 1.0, 2.0, "the wall clock was set by -3600.000 s")]
    assert clocks.told(1.0) == []
    assert clocks.told(1.0, stepped=3600.0) == [("clock", 3.0, 4.0, "the wall clock was set by +3600.000 s")]


def test_sleep_is_not_a_step() -> None:
    """A machine that slept is told as that: the wall clock is right, and t stood still."""
    clocks = Clocks()

    assert clocks.told(1.0, slept=7200.0) == [
        ("suspended", 0.0, 1.0, "the machine slept for 7200.000 s, in which t stood still")
    ]


def test_both_at_once() -> None:
    """A clock that is set while the machine wakes up gives two events."""
    assert [kind for kind, *_ in Clocks().told(1.0, slept=60.0, stepped=5.0)] == ["suspended", "clock"]


def test_slewing_is_no_step() -> None:
    """What NTP corrects bit by bit is not told."""
    clocks = Clocks()

    assert [clocks.told(60.0, stepped=0.03) for _ in range(100)] == [[]] * 100
