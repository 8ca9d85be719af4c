"""Steps of the wall clock, and sleeps of the machine, as they show beside the monotonic clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from perfmon.gaps import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfmon.gaps import Event
    from perfmon.run_clock import Clock

# NTP slews a clock by 0.5 ms a second at most (adjtimex(2)) and steps what is off by more than 0.128 s (ntpd(8)); less
# than this can also be this process waiting for a CPU between two clocks.
_NOTICED_SECONDS = 0.25


class _Reading(NamedTuple):
    """All clocks at one time: t, and by how much wall clock and boot clock are ahead of the monotonic one."""

    t: float
    wall_ahead: float
    boot_ahead: float


def _boottime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Steps:
    """Compares the clocks at every tick: CLOCK_BOOTTIME counts sleep, CLOCK_MONOTONIC does not (clock_gettime(2))."""

    def __init__(self, clock: Clock, boottime: Callable[[], float] = _boottime) -> None:
        self._clock = clock
        self._boottime = boottime
        self._last = self._read()

    def _read(self) -> _Reading:
        monotonic = self._clock.monotonic()
        wall = self._clock.wall() / 1e9
        return _Reading(self._clock.t(), wall - monotonic, self._boottime() - monotonic)

    def look(self) -> list[Event]:
        """What happened to the clocks since the last look, as events."""
        found = self._between(self._last, now := self._read())
        if found:  # to be sure that this process was not held up between two clocks
            found = self._between(self._last, now := self._read())
        self._last = now
        return found

    @staticmethod
    def _between(last: _Reading, now: _Reading) -> list[Event]:
        slept = max(0.0, now.boot_ahead - last.boot_ahead)
        step = now.wall_ahead - last.wall_ahead - slept
        told = []
        if slept > _NOTICED_SECONDS:
            told.append(("suspended", f"the machine slept for {slept:.3f} s, in which t stood still"))
        if abs(step) > _NOTICED_SECONDS:
            told.append(("clock", f"the wall clock was set by {step:+.3f} s"))
        return [event(kind, "clock", reason=None, detail=detail, begin_t=last.t, end_t=now.t) for kind, detail in told]
