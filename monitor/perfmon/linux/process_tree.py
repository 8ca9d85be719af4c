"""The job's process tree."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple
from perfmon.linux import procfs
from perfmon.linux.open_files import OpenFiles
from perfmon.linux.process import Process
from perfmon.linux.procfs import parse_status

if TYPE_CHECKING:
    import resource
    from collections.abc import Callable


class Usage(NamedTuple):
    """CPU ticks (1/100 s) of processes that ended and were waited for by the supervisor itself."""

    user_ticks: int = 0
    system_ticks: int = 0


class Tree:
    """The processes below one process, found anew at every tick.

    Under `perfmon run` the top is the supervisor, which is a child subreaper: whatever the job leaves behind becomes
    its child, and what that used is the supervisor's to wait for. In-code recording has the pipeline on top, which is
    part of the job. Processes of a perfmon inside, which records a part of the job for itself, are no part of it, but
    what they started is. Processes in `excluded` are the recorder's own and are left out with all that is below them.
    `processes` holds what was read of each while the tree was found, the top included, and `has_changed` says whether
    any of it, or who is in the tree, is not as it was at the search before.
    """

    def __init__(self, top: int, *, include_top: bool) -> None:
        self.top = top
        self.include_top = include_top
        self.excluded: set[int] = set()
        self.files = OpenFiles()
        self.processes: dict[int, Process] = {}
        self._nested: dict[int, Process] = {}
        self._lists_children = _lists_children()
        self._by_parent: dict[int, list[int]] = {}
        self.has_changed = True
        self.maxrss_bytes = 0
        self._before = Usage() if include_top else self._waited_for()

    @property
    def ended(self) -> Usage:
        """CPU ticks of processes that the supervisor waited for; read before the tree was, so nothing counts twice."""
        top = self.processes.get(self.top)
        if self.include_top or top is None:
            return Usage()
        return Usage(top.stat.child_user_ticks - self._before[0], top.stat.child_system_ticks - self._before[1])

    def pids(self) -> list[int]:
        """The tree's processes, parents before children; zombies are among them until they are waited for."""
        find_children = self._children
        if not self._lists_children:
            self._by_parent, find_children = procfs.by_parent(), self._children_by_parent
        self.files.next_round()
        before, self.processes = self.processes, {}
        if self._nested:
            before |= self._nested
            self._nested = {}
        self.has_changed = False
        found, nested = [self.top], list[int]()
        for pid in found:
            if pid in self.processes:  # it got another parent while we looked
                continue
            process = before.pop(pid, None) or Process(pid)
            try:
                self.has_changed |= process.read_stat()
            except OSError:  # it ended between being found and being read: its parent's counters have it soon
                process.close()
                self.has_changed = True
                continue
            self.processes[pid] = process
            if process.stat.is_perfmons:
                nested.append(pid)
            if below := find_children(process):
                found += [child for child in below if child not in self.excluded]
        for process in before.values():
            process.close()
            self.has_changed = True
        for pid in nested:
            if pid != self.top:
                self._nested[pid] = self.processes.pop(pid)
        return [pid for pid in self.processes if self.include_top or pid != self.top]

    def _children(self, process: Process) -> list[int]:
        if process.stat.threads == 1:
            return process.children()
        return [] if process.stat.zombie else children(process.pid, self.files.read)

    def _children_by_parent(self, process: Process) -> list[int]:
        return self._by_parent.get(process.pid, [])

    def _waited_for(self) -> Usage:
        stat = procfs.parse_stat(procfs.read(f"/proc/{self.top}/stat"))
        return Usage(stat.child_user_ticks, stat.child_system_ticks)

    def add_ended(self, usage: resource.struct_rusage) -> None:
        """Take in the peak memory of a process that the supervisor waited for: `maxrss_bytes` is the largest."""
        maxrss = usage.ru_maxrss * 1024
        # The mark survives exec(2): a process begins with that of the memory it was started from, which is ours.
        if maxrss > parse_status(procfs.read("/proc/self/status")).hwm_bytes:
            self.maxrss_bytes = max(self.maxrss_bytes, maxrss)


def _lists_children() -> bool:
    return procfs.has(f"/proc/self/task/{os.getpid()}/children")


def children(pid: int, read: Callable[[str], bytes] = procfs.read) -> list[int]:
    """The children of a process, those that its threads started included; none if it is gone.

    The kernel lists them for each thread (`/proc/PID/task/TID/children`, proc(5)), so that finding a tree costs as
    much as the tree has threads, however many processes the machine runs.
    """
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += procfs.parse_numbers(read(f"/proc/{pid}/task/{thread}/children"))
    except OSError:  # it ended while we looked, or the kernel does not list them
        if not found and not _lists_children():
            return procfs.by_parent().get(pid, [])
    return found
