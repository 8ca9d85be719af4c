"""The last seconds before a job's death, at a higher rate than the recording's."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from perfmon import procfs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.journal import Row

LOOK_SECONDS = 0.25
_KEPT = 120  # looks: the last half minute


class Look(NamedTuple):
    """The tree's memory at one time: sum of RSS, and how many of its processes still lived."""

    time: int
    t: float
    rss_bytes: int
    processes: int


class Tail:
    """Keeps the last looks in memory; they are written only if the job died, for they matter only then."""

    def __init__(self) -> None:
        self._looks: deque[Look] = deque(maxlen=_KEPT)

    def look(self, time: int, t: float, pids: Sequence[int]) -> None:
        """Add up the RSS of the processes that the last tick found: one short read each, and no search for others."""
        rss = living = 0
        for pid in pids:
            try:
                pages = int(procfs.read(f"/proc/{pid}/statm").split()[1])
            except (OSError, IndexError):  # it has ended
                continue
            rss += pages * procfs.PAGE_BYTES
            living += 1 if pages else 0
        self._looks.append(Look(time, t, rss, living))

    def rows(self) -> list[tuple[str, Row]]:
        """The looks as rows of table `tail`; those after the last process's end are left out."""
        return [("tail", look._asdict()) for look in self._looks if look.processes]
