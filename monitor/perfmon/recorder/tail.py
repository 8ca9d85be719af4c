"""The last seconds before a job's death, at a higher rate than the recording's."""

from __future__ import annotations

import time

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, deque
from perfmon.linux import procfs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfmon.store.journal import Row
    from perfmon.store.run_clock import Stamp

SAMPLE_SECONDS = 0.25
# While the memory stays as it is: being woken costs more than sampling. After some such samples only ticks are left.
_QUIET_SECONDS, _STILL_SECONDS, _STILL_AFTER = 0.5, 1.0, 6
_CHANGE = 0.01
_KEPT = 120  # samples: half a minute of change
_SHARE = 0.0005  # of a CPU that sampling may take: large trees are sampled less often


class MemorySample(NamedTuple):
    """The tree's memory at one time: sum of RSS, and how many of its processes still lived."""

    time: int
    t: float
    rss_bytes: int
    processes: int


class Tail:
    """Keeps the last samples in memory, which are written only if the job died."""

    def __init__(
        self, read: Callable[[str], bytes] = procfs.read, cpu_seconds: Callable[[], float] = time.thread_time
    ) -> None:
        self._read = read
        self._cpu_seconds = cpu_seconds
        self._samples: deque[MemorySample] = deque(maxlen=_KEPT)
        self._quiet = 0  # samples in a row that found the same

    def sample(self, stamp: Stamp, pids: Sequence[int]) -> float:
        """Add up the RSS of the processes that the last tick found: one short read each, and no search for others.

        Returns in how many seconds to sample again.
        """
        begin = self._cpu_seconds()
        rss = living = 0
        for pid in pids:
            try:
                pages = int(self._read(f"/proc/{pid}/statm").split()[1])
            except (OSError, IndexError):  # it has ended
                continue
            rss += pages * procfs.PAGE_BYTES
            living += 1 if pages else 0
        last = self._samples[-1].rss_bytes if self._samples else 0
        self._samples.append(MemorySample(*stamp, rss, living))
        self._quiet = 0 if abs(rss - last) > _CHANGE * last else self._quiet + 1
        pause = _STILL_SECONDS if self._quiet > _STILL_AFTER else _QUIET_SECONDS
        return max(pause if self._quiet else SAMPLE_SECONDS, (self._cpu_seconds() - begin) / _SHARE)

    def rows(self) -> list[tuple[str, Row]]:
        """The samples as rows of table `tail`; those after the last process's end are left out."""
        return [("tail", sample._asdict()) for sample in self._samples if sample.processes]
