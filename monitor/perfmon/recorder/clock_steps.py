"""Steps of the wall clock, and sleeps of the machine, as seen by comparison with the monotonic clock."""

from __future__ import annotations

import time

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.recorder.open_events import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfmon.recorder.open_events import Event
    from perfmon.store.run_clock import Clock, Stamp

# NTP slews a clock by 0.5 ms a second at most (adjtimex(2)) and steps what is off by more than 0.128 s (ntpd(8)); less
# than this can also be this process waiting for a CPU between two clocks.
_NOTICED_SECONDS = 0.25


def _boottime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ClockWatch:
    """Compares the clocks at every tick: CLOCK_BOOTTIME counts sleep, CLOCK_MONOTONIC does not (clock_gettime(2))."""

    def __init__(self, clock: Clock, boottime: Callable[[], float] = _boottime) -> None:
        self._clock = clock
        self._boottime = boottime
        self._last = clock.stamp()
        self._last_boot = boottime()

    def check(self, now: Stamp) -> list[Event]:
        """Events for steps and sleeps since the last check; `now` is a stamp taken just now."""
        boot = self._boottime()
        found = self._between(now, boot)
        if found:  # to be sure that this process was not held up between two clocks
            now, boot = self._clock.stamp(), self._boottime()
            found = self._between(now, boot)
        self._last, self._last_boot = now, boot
        return found

    def _between(self, now: Stamp, boot: float) -> list[Event]:
        last = self._last
        passed = now.t - last.t
        slept = max(0.0, boot - self._last_boot - passed)
        step = (now.time - last.time) / 1e9 - passed - slept
        if slept <= _NOTICED_SECONDS and abs(step) <= _NOTICED_SECONDS:
            return []
        steps = []
        if slept > _NOTICED_SECONDS:
            steps.append(("suspended", f"the machine slept for {slept:.3f} s, in which t stood still"))
        if abs(step) > _NOTICED_SECONDS:
            steps.append(("clock", f"the wall clock was set by {step:+.3f} s"))
        return [event(kind, "clock", reason=None, detail=detail, begin_t=last.t, end_t=now.t) for kind, detail in steps]
