"""Waiting: for descriptors to have something to read, and for a process, which need not be our child, to end."""

from __future__ import annotations

import os
import select
import time

from perfmon.lean import libc
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple
from perfmon.linux import procfs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_PIDFD_OPEN = 434  # the number of pidfd_open(2) on all processors that have a common list of numbers
_POLL_SECONDS = 0.05  # between two looks at a process of which the kernel tells no end


def readable(descriptors: Sequence[int], seconds: float | None) -> Collection[int]:
    """Wait until descriptors have something to read or are at their end, and return which; none if the time is over.

    `seconds` is how long to wait at most; None is for ever.
    """
    try:
        return select.select(descriptors, (), (), seconds)[0]
    except ValueError:  # one of 1024 or more (FD_SETSIZE), which select(2) does not take; poll(2) is less exact
        poll = select.poll()
        for fd in descriptors:
            poll.register(fd, select.POLLIN)
        return [fd for fd, _ in poll.poll(None if seconds is None else seconds * 1000)]


class ProcessEnd:
    """The end of a process, waited for together with other things.

    By a pidfd. A Python that was built for an old C library does not have the call, and a kernel before Linux 5.3, an
    old container's rules or a sandbox refuse it: then the process is looked at, twenty times a second.
    """

    def __init__(self, pid: int, start_ticks: int | None = None) -> None:
        """Begin to watch a process; with `start_ticks` (`clock.start_ticks`) the one that was started then."""
        self.pid = pid
        self.has_ended = False  # as of the last wait
        self._fd = -1
        try:
            self._fd = _pidfd(pid)
        except ProcessLookupError:
            self.has_ended = True
        self._start_ticks = start_ticks
        state = _state(pid)
        if start_ticks is None:
            self._start_ticks = state.start_ticks if state else None
        elif state is None or state.start_ticks != start_ticks:  # it has ended, and somebody else has its number
            self.has_ended = True

    def wait(self, seconds: float | None, others: Sequence[int] = ()) -> Collection[int]:
        """Wait until it has ended, one of the others can be read, or the time is over.

        Returns which of the others can be read; `has_ended` says whether the process has ended.
        """
        if self.has_ended:
            return readable(others, 0.0)
        if self._fd >= 0:
            ready = readable([self._fd, *others], seconds)
            self.has_ended = self._fd in ready
            return ready
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            self.has_ended = self._is_over()
            left = _POLL_SECONDS if deadline is None else min(_POLL_SECONDS, max(0.0, deadline - time.monotonic()))
            ready = readable(others, 0.0 if self.has_ended else left)
            if ready or self.has_ended or (deadline is not None and time.monotonic() >= deadline):
                return ready

    def _is_over(self) -> bool:
        """Whether it has ended; it may be there still, as a zombie that is not waited for yet."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # not our child
            state = _state(self.pid)
            return state is None or state.is_dead or state.start_ticks != self._start_ticks


class _State(NamedTuple):
    """Whether a process has ended, and when it began, in clock ticks since boot: its number may be another's soon."""

    is_dead: bool
    start_ticks: int


def _state(pid: int) -> _State | None:
    """A process by /proc/PID/stat (proc(5)); None if it is gone, or not to be seen."""
    try:
        fields = procfs.read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return None
    is_zombie, threads = fields[0] in (b"Z", b"X"), int(fields[17])
    return _State(is_zombie and threads <= 1, int(fields[19]))  # its other threads may outlive the first


def _pidfd(pid: int) -> int:
    """A descriptor that can be read once the process has ended; -1 where none is to be had.

    Raises:
        ProcessLookupError: there is no such process.
    """
    if not hasattr(os, "pidfd_open"):
        return libc.call("syscall", _PIDFD_OPEN, pid, 0)
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:
        return -1
