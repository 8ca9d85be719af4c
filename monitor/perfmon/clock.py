"""The clocks of a run: one zero for all of its processes, and the machine's and processes' identities in time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_QUANTUM_NS = 100_000  # rows are stamped to 0.1 ms: finer is noise, and noise does not compress


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
        return Stamp(self.wall() // _QUANTUM_NS * _QUANTUM_NS, self.t())


def begin() -> dict[str, object]:
    """The zero of a run, as run.json holds it."""
    return {"begin_time": utc(time.time_ns()), "begin_monotonic": time.monotonic(), "boot_id": boot_id()}


def of_run(facts: Mapping[str, object]) -> Clock:
    """The clock of a run that another process began."""
    return Clock(float(str(facts["begin_monotonic"])))


def utc(nanoseconds: int) -> str:
    """A time in ISO 8601, UTC, to the microsecond."""
    seconds, rest = divmod(nanoseconds, 10**9)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest // 1000:06d}Z"


def parse_utc(text: str) -> float:
    """Seconds since 1970 of a time that `utc` wrote.

    Raises:
        ValueError: it is not such a time.
    """
    from datetime import datetime  # noqa: PLC0415 - the command is started without it

    return datetime.fromisoformat(text).timestamp()


def boot_id() -> str:
    """Identity of this boot of the kernel; empty where the kernel has none to tell."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def start_ticks(pid: int) -> int | None:
    """When a process began, in clock ticks since boot; None if there is no such process.

    With the pid it names one process for good: pids are used again, starting times with them are not (proc(5)).
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None
