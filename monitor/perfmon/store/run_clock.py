"""The clock that stamps a run's rows."""

from __future__ import annotations

import time

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

QUANTUM_NS = 100_000  # rows are stamped to 0.1 ms: finer is noise, and noise does not compress


class Stamp(NamedTuple):
    """When a row was taken: `time` in nanoseconds since 1970, `t` in seconds since the run's start."""

    time: int
    t: float


class Clock:
    """A run's clock: wall time, and seconds since the run's start that no step of the wall clock disturbs."""

    def __init__(
        self,
        begin_monotonic: float,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        self.begin_monotonic = begin_monotonic
        self.monotonic = monotonic
        self.wall = wall

    def t(self) -> float:
        """Seconds since the run's start."""
        return round(self.monotonic() - self.begin_monotonic, 4)

    def stamp(self) -> Stamp:
        """Now, on both clocks."""
        return Stamp(self.wall() // QUANTUM_NS * QUANTUM_NS, self.t())


def of_run(facts: Mapping[str, object]) -> Clock:
    """The clock of a run that another process began."""
    return Clock(float(str(facts["begin_monotonic"])))
