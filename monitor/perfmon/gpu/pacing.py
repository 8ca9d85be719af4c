"""Schedules calls of the driver: costly ones less often, failing ones after growing pauses."""

from __future__ import annotations

from perfmon.lean.stdlib import deque

_SHARE = 0.02  # of the time that all devices together may spend on one metric
_LONGEST_SECONDS = 60.0


class Backoff:
    """Growing pauses after failures: none after the first, then 1, 2, 4 seconds and so on up to a minute."""

    def __init__(self) -> None:
        self._failures = 0
        self._not_before = 0.0

    def failed(self, now: float) -> None:
        """It failed once more."""
        pause = min(2.0 ** (self._failures - 1), _LONGEST_SECONDS) if self._failures else 0.0
        self._not_before = now + pause
        self._failures += 1

    def succeeded(self) -> None:
        """Reset after a success."""
        self._failures = 0
        self._not_before = 0.0

    def is_due(self, now: float) -> bool:
        """Whether the next attempt is due."""
        return now >= self._not_before


class Pace:
    """The pause that a metric's cost asks for, where `devices` of the same kind share one allowance.

    The driver takes one lock for nearly all of its calls, so that what is slow here slows the job down, too.
    """

    def __init__(self, devices: int) -> None:
        self._pauses_per_second = devices / _SHARE
        self._last: deque[float] = deque(maxlen=2)
        self._warm = False
        self._not_before = 0.0
        self.seconds = 0.0

    def record(self, seconds: float, now: float) -> None:
        """Record that a call took this long.

        The first call is slow and does not count. The lesser of the last two durations sets the pause, so that a single
        slow call has no effect.
        """
        self.seconds += seconds
        if not self._warm:
            self._warm = True
            return
        self._last.append(seconds)
        self._not_before = now + min(self._last) * self._pauses_per_second

    def is_due(self, now: float) -> bool:
        """Whether the next call is due."""
        return now >= self._not_before
