"""Control groups: where a process is accounted, version 1 and 2."""

from __future__ import annotations

import os
from typing import NamedTuple

from perfmon import procfs


class Mounts(NamedTuple):
    """Where the memory controller is mounted: of version 2, of version 1, or both; empty where it is not."""

    v2: str = ""
    v1: str = ""


def mounts(mountinfo: str) -> Mounts:
    """Parse /proc/self/mountinfo, see proc(5)."""
    v2 = v1 = ""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = [*after.split(), "", "", ""][:3]
        where = before.split()[4] if len(before.split()) > 4 else ""
        if kind == "cgroup2":
            v2 = where
        elif kind == "cgroup" and "memory" in options.split(","):
            v1 = where
    return Mounts(v2, v1)


def memory_groups(cgroup: str, at: Mounts) -> list[str]:
    """The folders of the groups in which a process's memory is accounted, by its /proc/PID/cgroup."""
    found = []
    for line in cgroup.splitlines():
        number, controllers, path = [*line.split(":", 2), "", "", ""][:3]
        if number == "0" and at.v2:
            found.append(os.path.join(at.v2, path.lstrip("/")))
        elif "memory" in controllers.split(",") and at.v1:
            found.append(os.path.join(at.v1, path.lstrip("/")))
    return found


def oom_kills(group: str) -> int | None:
    """How many processes of a group the kernel has killed for want of memory; None where it does not tell.

    `oom_kill` of memory.events in version 2, which counts the groups below too, and of memory.oom_control in version 1,
    which does not (kernel documentation, cgroup-v2 and cgroup-v1/memory).
    """
    for name in ("memory.events", "memory.oom_control"):
        try:
            with open(os.path.join(group, name), encoding="ascii") as file:
                counts = dict(line.split() for line in file if len(line.split()) == 2)
        except OSError:
            continue
        if "oom_kill" in counts:
            return int(counts["oom_kill"])
    return None


class OomWatch:
    """Counts the out-of-memory kills in every group that a process of the job has been in.

    A group counts from the moment when it was first seen, so that older kills are not the job's.
    """

    def __init__(self, at: Mounts | None = None, proc: str = "/proc") -> None:
        self._proc = proc
        self._at = mounts(procfs.read("/proc/self/mountinfo").decode(errors="replace")) if at is None else at
        self._first: dict[str, int] = {}
        self._known: set[int] = set()
        self._looks = 0

    def look(self, pids: tuple[int, ...]) -> None:
        """Note the groups of processes that were not there at the last look, and of one more: processes may move."""
        self._looks += 1
        moved = pids[self._looks % len(pids) :][:1] if pids else ()
        for pid in (set(pids) - self._known).union(moved):
            try:
                cgroup = procfs.read(f"{self._proc}/{pid}/cgroup").decode(errors="replace")
            except OSError:  # it has ended
                continue
            for group in memory_groups(cgroup, self._at):
                if group not in self._first and (count := oom_kills(group)) is not None:
                    self._first[group] = count
        self._known = set(pids)

    def kills(self) -> dict[str, int]:
        """The groups in which processes were killed since they were first seen, and how many."""
        now = {group: oom_kills(group) for group in self._first}
        return {group: n for group, count in now.items() if (n := (count or 0) - self._first[group]) > 0}
