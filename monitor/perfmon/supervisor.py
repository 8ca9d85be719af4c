"""Waits for the command and what it left behind, and passes signals on to it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from typing import TYPE_CHECKING

from perfmon import procfs, signals, tree

if TYPE_CHECKING:
    from collections.abc import Sequence

_STOPPED = b"T"


class Supervisor:
    """One started command.

    It stays in our process group, so a signal that the terminal made has reached it already; one that was sent to us
    alone is passed on to it alone. When it stops, so do we: the shell that started us must see it.
    """

    def __init__(self, pid: int, ours: Sequence[int], job: tree.Tree) -> None:
        self.pid = pid
        self._tree = job
        self._forwarded: set[int] = set()
        self._signals = signals.descriptor(ours)
        self._end = os.pidfd_open(pid)

    def ended(self, timeout: float | None, others: Sequence[int] = ()) -> bool:
        """Wait until the command has ended, a signal came, one of the others can be read, or the time is over.

        True once the command has ended. It is not waited for yet, so that its last figures can still be read.
        """
        ready, _, _ = select.select([self._signals, self._end, *others], [], [], timeout)
        if self._signals in ready:
            for number, by_kernel in signals.read(self._signals):
                self._take(number, by_kernel=by_kernel)
        return self._end in ready

    def _take(self, number: int, *, by_kernel: bool) -> None:
        if number == signal.SIGCHLD:
            self._reap_orphans()
            self._stop_with_command()
        elif not by_kernel and (number != signal.SIGCONT or self._is_stopped()):
            # a shell that continues a job continues the whole group: one SIGCONT is enough
            self._forwarded.add(number)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _is_stopped(self) -> bool:
        try:
            return procfs.read(f"/proc/{self.pid}/stat").rpartition(b")")[2].split()[0] == _STOPPED
        except OSError:
            return False

    def _stop_with_command(self) -> None:
        try:
            stopped = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOHANG)
        except ChildProcessError:  # it has ended: it will not stop any more
            return
        if stopped is None:
            return
        # The same signal may have stopped us both, and the same SIGCONT continued us both, just now.
        if self._end in select.select([self._end], [], [], 0.02)[0] or not self._is_stopped():
            return
        number = stopped.si_status
        if number == signal.SIGSTOP:
            os.kill(os.getpid(), number)
            return
        before = signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])  # we stop here
        signal.pthread_sigmask(signal.SIG_BLOCK, [number])
        signal.signal(number, before)

    def _reap_orphans(self) -> None:
        """Wait for what the job left behind and ended; its CPU time is counted in, for its parent is gone."""
        for pid in tree.children(os.getpid()):
            if pid == self.pid or pid in self._tree.excluded:  # waited for by whoever started them
                continue
            try:
                ended, _, usage = os.wait4(pid, os.WNOHANG)
            except ChildProcessError:
                continue
            if ended:
                self._tree.add_ended(usage.ru_utime, usage.ru_stime)

    def reap(self) -> int:
        """Wait for the command, which has ended: its exit status, or minus the signal that it died of.

        If it died of a signal that was passed on to it, what is left of its tree gets that signal too.
        """
        _, status, usage = os.wait4(self.pid, 0)
        self._tree.add_ended(usage.ru_utime, usage.ru_stime)
        code = os.waitstatus_to_exitcode(status)
        if -code in self._forwarded:
            for pid in self._tree.pids():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, -code)
        return code

    def survivors(self) -> list[int]:
        """The job's processes that live on."""
        self._reap_orphans()
        return self._tree.pids()
