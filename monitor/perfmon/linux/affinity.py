"""The number of CPUs on which processes may run: sched_getaffinity(2)."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING, suppress

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


class CpuAffinity:
    """The CPUs that the processes of a job may use together; each process is queried once, until `forget`."""

    def __init__(self) -> None:
        self._cpus: dict[int, AbstractSet[int]] = {}  # by pid
        self._pids: tuple[int, ...] = ()
        self._count: int | None = None

    def count(self, pids: tuple[int, ...]) -> int | None:
        """Return the number of CPUs that these processes may use together; None if none can be queried."""
        if pids != self._pids:
            before, self._cpus, self._pids = self._cpus, {}, pids
            for pid in pids:
                with suppress(OSError):  # it ended, or belongs to somebody else
                    self._cpus[pid] = before.get(pid) or os.sched_getaffinity(pid)
            self._count = len(set().union(*self._cpus.values())) or None
        return self._count

    def forget(self) -> None:
        """Query all processes again at the next count, as their CPUs may have changed."""
        self._cpus = {}
        self._pids = ()
