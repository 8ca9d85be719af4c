"""Passes signals on to the command, and waits for it and the processes that it leaves behind."""

from __future__ import annotations

import os
import time

from perfmon.lean.stdlib import TYPE_CHECKING, signal, suppress
from perfmon.linux import process_tree, procfs
from perfmon.linux.wait import ProcessEnd
from perfmon.store import clock
from perfmon.supervisor import signals
from perfmon.supervisor.exit_cause import ReceivedSignal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.supervisor.sentinel import EarlySignal
    from perfmon.supervisor.started_command import StartedCommand

_STOPPED = b"T"
_ROUND_SECONDS = 0.02
_KEPT = 16  # of the first signals and of the last: a job may be signalled every second for weeks


class Supervisor:
    """One started command, the signals that perfmon has `received` meanwhile, and its end.

    The command is in our process group: a signal to the group has reached it already, and one to perfmon alone is
    passed on to it alone. When it is stopped we stop too, as the shell that started us must see it.
    """

    def __init__(
        self,
        command: StartedCommand,
        ours: Sequence[int],
        job: process_tree.Tree,
        *,
        early: Sequence[EarlySignal] = (),
    ) -> None:
        self.pid = command.pid
        self.received: list[ReceivedSignal] = []
        self._command = command
        self._tree = job
        self._forwarded: set[int] = set()
        self._signals = signals.descriptor(ours)
        self._end = ProcessEnd(command.pid)
        job.excluded |= {command.sentinel.pid, *_there_before(command.pid)}
        for one in early:
            self._remember(ReceivedSignal(one.number, one.sender, one.time), passed_on=one.passed_on)

    def ended(self, timeout: float | None, others: Sequence[int] = ()) -> bool:
        """Wait until the command has ended, a signal came, one of the others can be read, or the time is over.

        True once the command has ended. It is not waited for yet, so that its last figures can still be read.
        """
        kill_at = self._command.kill_at
        if kill_at is not None:
            left = max(0.0, kill_at - time.monotonic())
            timeout = left if timeout is None else min(timeout, left)
        if self._signals in self._end.wait(timeout, [self._signals, *others]):
            self._handle_signals()
        if kill_at is not None and time.monotonic() >= kill_at:
            self._command.kill_at = None
            self._signal_tree(signal.SIGKILL)
        return self._end.has_ended

    def _signal_tree(self, number: int) -> None:
        for pid in self._tree.pids():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def _handle_signals(self) -> None:
        arrived = self._command.unhandled  # whatever fails from here on, they are not forgotten
        arrived |= dict(signals.read(self._signals))
        if set(arrived) > {signal.SIGCHLD} or signal.SIGCHLD not in arrived:
            # `timeout` signals us and then our group, a batch system one process after another: that is one signal
            time.sleep(_ROUND_SECONDS)
            arrived |= dict(signals.read(self._signals))
        has_child = arrived.pop(signal.SIGCHLD, None) is not None
        for number, sender in [*arrived.items()]:
            self._pass_on(number, sender)
            arrived.pop(number)
        if has_child:
            self._reap_orphans()
            self._stop_with_command()

    def _pass_on(self, number: int, sender: int) -> None:
        passed_on = not self._command.has_received(number, sender)
        self._remember(ReceivedSignal(number, sender, time.time()), passed_on=passed_on)
        if passed_on:
            self._command.send(number)

    def _remember(self, one: ReceivedSignal, *, passed_on: bool) -> None:
        self.received.append(one)
        if len(self.received) > 2 * _KEPT:
            del self.received[_KEPT]
        self._command.note(one.number)
        if passed_on:
            self._forwarded.add(one.number)

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
        self._end.wait(_ROUND_SECONDS)
        if self._end.has_ended or not self._is_stopped():
            return
        signals.stop_ourselves(stopped.si_status)

    def _reap_orphans(self) -> None:
        """Wait for what the job left behind and ended; its CPU time is counted in, for its parent is gone."""
        for pid in process_tree.children(os.getpid()):
            if pid == self.pid or pid in self._tree.excluded:  # waited for by whoever started them
                continue
            try:
                ended, _, usage = os.wait4(pid, os.WNOHANG)
            except ChildProcessError:
                continue
            if ended:
                self._tree.add_ended(usage)

    def reap(self) -> int:
        """Wait for the command, which has ended: its exit status, or minus the signal that it died of.

        If it died of a signal that was passed on to it, what is left of its tree gets that signal too.
        """
        usage = self._command.reap()
        code = self._command.code or 0
        self._command.sentinel.end()
        self._tree.add_ended(usage)
        if -code in self._forwarded:
            self._signal_tree(-code)
        return code

    def survivors(self) -> list[int]:
        """The job's processes that live on."""
        self._reap_orphans()
        return self._tree.pids()


def _there_before(command: int) -> list[int]:
    """Our children that are older than the command: whoever became perfmon by exec(2) had started them.

    Those that the job leaves behind, which become our children too, are younger.
    """
    begin = clock.start_ticks(command)
    found = [(pid, clock.start_ticks(pid)) for pid in process_tree.children(os.getpid()) if pid != command]
    return [pid for pid, began in found if begin is not None and began is not None and began < begin]
