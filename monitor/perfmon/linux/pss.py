"""Memory that is counted once: the proportional set size of the job, read as often as its cost allows."""

from __future__ import annotations

import time

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple
from perfmon.linux import procfs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# The kernel walks every page of a process to answer, 12 to 15 ms for each GiB that is mapped, and the process cannot
# map memory meanwhile. So reading may take 1 % of the time, with a credit at the start so that short runs have it too.
SHARE = 0.01
# Of it half is kept for when the RSS changes: a reading that says the same again must not cost that of a new peak.
# What counts is CPU time: a reading may wait long for memory that is being mapped just now, which costs nobody.
CREDIT_SECONDS = 0.1
_CHANGE = 0.01
# While no process of the job faults a page in, ends, or gives memory back, its PSS can only move by what others share.
_SAME_SECONDS = 10.0


class Proportional(NamedTuple):
    """Memory with shared pages divided among those who share them: all of it, its shared memory, its mapped files.

    Older kernels tell only the first.
    """

    pss_bytes: int
    pss_shmem_bytes: int | None
    pss_file_bytes: int | None


class PacedPss:
    """Reads the PSS of a tree when it can afford to."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, cpu_seconds: Callable[[], float] = time.thread_time
    ) -> None:
        self._monotonic = monotonic
        self._cpu_seconds = cpu_seconds
        self._credit = CREDIT_SECONDS
        self._credited_at = monotonic()
        self._cost = 0.0  # of the last reading, which is what the next one is expected to take
        self._rss_bytes = 0  # at the last reading
        self._memory: object = None  # at the last reading
        self._read_at = 0.0

    def read(
        self, pids: Sequence[int], rss_bytes: int, faults: int | None = None, foreign_pids: Sequence[int] = ()
    ) -> tuple[Proportional | None, Proportional | None] | None:
        """The sums over the job's processes, and over others in its control group; None if a reading is not due.

        `rss_bytes` is the RSS of `pids` together, and `faults` their page faults, where these are known.

        Raises:
            PermissionError: one of them belongs to somebody else.
        """
        now = self._monotonic()
        self._credit = min(CREDIT_SECONDS + self._cost, self._credit + SHARE * (now - self._credited_at))
        self._credited_at = now
        has_changed = abs(rss_bytes - self._rss_bytes) > _CHANGE * self._rss_bytes
        memory = (tuple(pids), rss_bytes, faults)
        is_same = faults is not None and memory == self._memory and now < self._read_at + _SAME_SECONDS
        if not pids or is_same or self._credit < self._cost + (0.0 if has_changed else CREDIT_SECONDS / 2):
            return None
        self._rss_bytes, self._memory, self._read_at = rss_bytes, memory, now
        begin = self._cpu_seconds()
        try:
            return add_up(pids), add_up(foreign_pids)
        finally:
            self._cost = self._cpu_seconds() - begin
            self._credit -= self._cost


def add_up(pids: Iterable[int]) -> Proportional | None:
    """The sum over these processes as they are now; None if none can be read.

    They are read one after the other. What one shares goes over to the rest as it ends, and would count twice if it
    ended between their readings: so only those that still live after the last count.

    Raises:
        PermissionError: one of them belongs to somebody else.
    """
    found = {}
    for pid in pids:
        try:
            found[pid] = parse_rollup(procfs.read(f"/proc/{pid}/smaps_rollup"))
        except PermissionError:
            raise
        except OSError:  # it has ended, or is a zombie without memory
            continue
    living = [value for pid, value in found.items() if len(found) == 1 or _has_memory(pid)]
    if not living:
        return None
    pss, shmem, file = zip(*living, strict=True)
    return Proportional(sum(pss), _whole_sum(shmem), _whole_sum(file))


def _has_memory(pid: int) -> bool:
    """A process that ends gives its memory back before it is a zombie, which takes a while where it is much."""
    try:
        return not procfs.read(f"/proc/{pid}/statm").startswith(b"0 ")
    except OSError:  # it is gone
        return False


def _whole_sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def parse_rollup(text: bytes) -> Proportional:
    """Parse /proc/PID/smaps_rollup, see proc(5); a kernel thread's is empty."""
    values = {}
    for line in text.splitlines():
        name, _, rest = line.partition(b":")
        if name in (b"Pss", b"Pss_Shmem", b"Pss_File"):
            values[name] = int(rest.split()[0]) * 1024
    return Proportional(values[b"Pss"], values.get(b"Pss_Shmem"), values.get(b"Pss_File")) if values else _NOTHING


_NOTHING = Proportional(0, 0, 0)
