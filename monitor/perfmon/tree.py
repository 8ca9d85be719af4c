"""The job's process tree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from perfmon import procfs
from perfmon.marks import parse_status

if TYPE_CHECKING:
    import resource


class Usage(NamedTuple):
    """CPU seconds of processes that ended and were waited for by the recorder itself."""

    user_seconds: float = 0.0
    system_seconds: float = 0.0


class Tree:
    """The processes below one process, found anew at every tick.

    Under `perfmon run` the top is the recorder, which is a child subreaper: whatever the job leaves behind becomes
    its child. In-code recording has the pipeline on top, which is part of the job. Processes in `excluded` are the
    recorder's own and are left out with all that is below them.
    """

    def __init__(self, top: int, *, include_top: bool) -> None:
        self.top = top
        self.include_top = include_top
        self.excluded: set[int] = set()
        self.ended = Usage()
        self.maxrss_bytes = 0

    def pids(self) -> list[int]:
        """The tree's processes, parents before children; zombies are among them until they are waited for."""
        found = [self.top]
        for pid in found:
            found.extend(child for child in children(pid) if child not in self.excluded)
        return found if self.include_top else found[1:]

    def add_ended(self, usage: resource.struct_rusage) -> None:
        """Count in a process that the recorder waited for: nobody else will."""
        self.ended = Usage(self.ended.user_seconds + usage.ru_utime, self.ended.system_seconds + usage.ru_stime)
        maxrss = usage.ru_maxrss * 1024
        # The mark survives exec(2): a process begins with that of the memory it was started from, which is ours.
        if maxrss > parse_status(procfs.read("/proc/self/status")).hwm_bytes:
            self.maxrss_bytes = max(self.maxrss_bytes, maxrss)


def children(pid: int) -> list[int]:
    """The children of a process, those that its threads started included; none if it is gone.

    The kernel lists them for each thread (`/proc/PID/task/TID/children`, proc(5)), so that finding a tree costs as
    much as the tree has threads, however many processes the machine runs.
    """
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += map(int, procfs.read(f"/proc/{pid}/task/{thread}/children").split())
    except OSError:  # it ended while we looked
        pass
    return found
