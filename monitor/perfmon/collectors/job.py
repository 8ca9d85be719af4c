"""The job: CPU, memory and I/O of the process tree, in one row per tick."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from perfmon import procfs
from perfmon.collector import NO_PERMISSION, Reading, Target, Tick, Unknown

if TYPE_CHECKING:
    from perfmon.journal import Row


class _Sum(NamedTuple):
    """The living processes of the tree added up, and the CPU time of them all."""

    user_ticks: int = 0
    system_ticks: int = 0
    rss_bytes: int = 0
    processes: int = 0
    threads: int = 0


class Job:
    """One row: the tree's counters, with what its ended processes had used, and its gauges."""

    source = "job"
    can_hang = False
    pace = 0.0

    def __init__(self, target: Target) -> None:
        self._tree = target.tree
        self._least = {"cpu_user_seconds": 0.0, "cpu_system_seconds": 0.0, "read_bytes": 0, "written_bytes": 0}

    @classmethod
    def probe(cls) -> None:
        """Always there."""

    def open(self) -> dict[str, object]:
        """Nothing to get ready."""
        return {}

    def collect(self, tick: Tick) -> Reading:
        """Add up the processes of this tick."""
        total, unreadable = _Sum(), None
        read_bytes = written_bytes = 0
        for pid in tick.pids:
            try:
                total = _add(total, procfs.parse_stat(procfs.read(f"/proc/{pid}/stat")))
                io = procfs.parse_io(procfs.read(f"/proc/{pid}/io"))
                read_bytes += io.read_bytes
                written_bytes += io.written_bytes
            except PermissionError:
                unreadable = pid
            except OSError:  # it ended between being found and being read; its parent's counters have it soon
                continue
        ended = self._tree.ended
        row: Row = {
            "cpu_user_seconds": round(total.user_ticks / procfs.TICKS_PER_SECOND + ended.user_seconds, 2),
            "cpu_system_seconds": round(total.system_ticks / procfs.TICKS_PER_SECOND + ended.system_seconds, 2),
            "cpus_allowed": _cpus_allowed(tick.pids),
            "rss_bytes": total.rss_bytes if total.processes else None,  # nothing lives: there is no level to tell
            "read_bytes": read_bytes,
            "written_bytes": written_bytes,
            "processes": total.processes,
            "threads": total.threads,
        }
        self._never_fall(row)
        unknown = []
        if unreadable is not None:
            row["read_bytes"] = row["written_bytes"] = None
            unknown = [_no_io(column, unreadable) for column in ("read_bytes", "written_bytes")]
        return Reading([("job", row)], unknown)

    def _never_fall(self, row: Row) -> None:
        """Hold counters where they were while a process has left the tree and its parent does not have it yet."""
        for column, least in self._least.items():
            value = row[column]
            if isinstance(value, (int, float)):
                row[column] = self._least[column] = max(value, least)


def _add(total: _Sum, stat: procfs.Stat) -> _Sum:
    living = 0 if stat.zombie else 1
    return _Sum(
        total.user_ticks + stat.user_ticks,
        total.system_ticks + stat.system_ticks,
        total.rss_bytes + stat.rss_bytes,
        total.processes + living,
        total.threads + living * stat.threads,
    )


def _cpus_allowed(pids: tuple[int, ...]) -> int | None:
    allowed: set[int] = set()
    for pid in pids:
        try:
            allowed |= os.sched_getaffinity(pid)
        except OSError:  # it ended, or belongs to somebody else
            continue
    return len(allowed) or None


def _no_io(column: str, pid: int) -> Unknown:
    return Unknown(None, column, NO_PERMISSION, f"/proc/{pid}/io may not be read by this user")
