"""Tells a signal sent to perfmon alone from one sent to everybody around it.

A shell's `kill %1`, `timeout`, a batch system and a terminal signal a whole process group or job, and the command is
in it; `kill PID` signals perfmon alone. The kernel does not say which it was (sigaction(2)). So a process that does
nothing, the sentinel, runs beside the command: a signal that is pending for it was sent to the group, and has reached
the command already. Signals that come before both processes are there are `EarlySignal`s.
"""

from __future__ import annotations

import os
import time

from perfmon.lean.stdlib import TYPE_CHECKING, signal, suppress
from perfmon.linux import child_process
from perfmon.supervisor import signals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import FileIO

_CLEAR_SECONDS = 1.0


class Sentinel:
    """A process of our group that holds back every signal; it ends when perfmon does, as its pipe then ends."""

    def __init__(self) -> None:
        question, self._question = child_process.pipe()
        self._answer, answer = child_process.pipe()
        self.pid = child_process.fork(
            lambda: _child_main(question, answer),
            (self._question, self._answer),
            (question, answer),
            blocked=signal.valid_signals(),
            silent=True,
        )

    def also_received(self, number: int) -> bool:
        """Whether this signal, which has just reached us, was sent to the sentinel too, which then forgets it."""
        from perfmon.linux import procfs, wait  # noqa: PLC0415 - not needed before the command starts

        try:
            if not pending_signals(procfs.read(f"/proc/{self.pid}/status")) >> (number - 1) & 1:
                return False
            self._question.write(bytes([number]))
            if wait.readable([self._answer.fileno()], _CLEAR_SECONDS):
                self._answer.read(1)
        except OSError:  # somebody killed it: better a signal twice than never
            return False
        return True

    def end(self) -> None:
        """End it."""
        self._question.close()
        self._answer.close()
        with suppress(ProcessLookupError):  # somebody was faster
            os.kill(self.pid, signal.SIGKILL)
        child_process.exit_status(self.pid, wait=True)


def pending_signals(status: bytes) -> int:
    """The signals pending for a process as a bit set, from /proc/PID/status: bit N-1 is signal N (proc(5))."""
    for line in status.splitlines():
        if line.startswith(b"ShdPnd:"):
            return int(line.split()[1], 16)
    return 0


def _child_main(questions: FileIO, answers: FileIO) -> None:
    """Forget one of the signals that are held back whenever told to, until perfmon is gone."""
    while number := questions.read(1):
        signal.sigtimedwait([number[0]], 0)
        answers.write(number)


class EarlySignal:
    """A signal that perfmon received before the command was released.

    `sender` is a pid, or 0 for the kernel, and `time` is in seconds since 1970. `passed_on` says whether perfmon sent
    it on, as the command had not received it.
    """

    def __init__(self, number: int, sender: int, *, passed_on: bool) -> None:
        self.number = number
        self.sender = sender
        self.time = time.time()
        self.passed_on = passed_on


def deliver_early_signals(ours: Iterable[int], command: int, sentinel: Sentinel) -> list[EarlySignal]:
    """Take the signals that perfmon has received until now, and pass on those that the command has not received.

    The command still holds signals back. What comes from now on is the supervisor's: the sentinel is there by then.
    """
    delivered = []
    while waiting := [number for number in ours if number in signal.sigpending() and number != signal.SIGCHLD]:
        from perfmon.linux import procfs  # noqa: PLC0415 - it delays the command, and is hardly ever needed

        reached = pending_signals(procfs.read(f"/proc/{command}/status"))
        for number in waiting:
            info = signal.sigtimedwait([number], 0)
            sentinel.also_received(number)  # it shall forget this one
            missed = not reached >> (number - 1) & 1
            if missed:
                os.kill(command, number)
            sender = signals.sender(info.si_code, info.si_pid) if info else 0
            delivered.append(EarlySignal(number, sender, passed_on=missed))
            if number == signal.SIGTSTP:
                signals.stop_ourselves(number)  # the command stops, or has been continued, when it is told to go on
    return delivered
