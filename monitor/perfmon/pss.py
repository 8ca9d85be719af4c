"""Memory that is counted once: the proportional set size of the job, read as often as its cost allows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from perfmon import procfs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# The kernel walks every page of a process to answer, 12 to 15 ms for each GiB that is mapped, and the process cannot
# map memory meanwhile. So reading may take 1 % of the time, with a credit at the start so that short runs have it too.
SHARE = 0.01
CREDIT_SECONDS = 0.1


class Proportional(NamedTuple):
    """The job's memory with shared pages divided among those who share them: all of it, and its shared memory."""

    pss_bytes: int
    pss_shmem_bytes: int


class PacedPss:
    """Reads the PSS of a tree when it can afford to."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._credit = CREDIT_SECONDS
        self._credited_at = monotonic()
        self._cost = 0.0  # of the last reading, which is what the next one is expected to take

    def read(self, pids: Sequence[int]) -> Proportional | None:
        """The sum over these processes; None when it is not due, or none of them can be read.

        Raises:
            PermissionError: one of them belongs to somebody else.
        """
        now = self._monotonic()
        self._credit = min(CREDIT_SECONDS + self._cost, self._credit + SHARE * (now - self._credited_at))
        self._credited_at = now
        if not pids or self._credit < self._cost:
            return None
        try:
            return _sum(pids)
        finally:
            self._cost = self._monotonic() - now
            self._credit -= self._cost


def _sum(pids: Sequence[int]) -> Proportional | None:
    pss = shmem = found = 0
    for pid in pids:
        try:
            values = parse_rollup(procfs.read(f"/proc/{pid}/smaps_rollup"))
        except PermissionError:
            raise
        except OSError:  # it has ended, or is a zombie without memory
            continue
        pss += values.pss_bytes
        shmem += values.pss_shmem_bytes
        found += 1
    return Proportional(pss, shmem) if found else None


def parse_rollup(text: bytes) -> Proportional:
    """Parse /proc/PID/smaps_rollup, see proc(5); a kernel thread's is empty."""
    values = {}
    for line in text.splitlines():
        name, _, rest = line.partition(b":")
        if name in (b"Pss", b"Pss_Shmem"):
            values[name] = int(rest.split()[0]) * 1024
    return Proportional(values.get(b"Pss", 0), values.get(b"Pss_Shmem", 0))
