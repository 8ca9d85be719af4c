"""Even slots on the monotonic clock."""

from __future__ import annotations

import math


class Ticker:
    """Slots of one interval, phased to multiples of the wall clock so that hosts sample at the same moments.

    A slot that has passed is missed and counted, never made up for: samples may be late but they are not bunched.
    """

    def __init__(self, interval: float, *, monotonic: float, wall: float) -> None:
        self.interval = interval
        self.missed = 0
        # kept as a number of slots from a fixed origin: adding intervals up would drift by rounding
        self._origin = monotonic - math.fmod(wall, interval)
        self._slot = self._slot_at(monotonic)

    def _slot_at(self, monotonic: float) -> int:
        return math.floor((monotonic - self._origin) / self.interval)

    @property
    def deadline(self) -> float:
        """When the next slot begins, on the monotonic clock."""
        return self._origin + (self._slot + 1) * self.interval

    def take(self, monotonic: float) -> float:
        """Take the slot that is due and return how late it is taken, in seconds."""
        slot = max(self._slot_at(monotonic), self._slot + 1)
        self.missed += slot - self._slot - 1
        self._slot = slot
        return max(0.0, monotonic - (self._origin + slot * self.interval))
