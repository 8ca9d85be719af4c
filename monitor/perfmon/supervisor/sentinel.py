"""Tells a signal sent to perfmon alone from one sent to everybody around it.

A shell's `kill %1`, `timeout`, a batch system and a terminal signal a whole process group or job, and the command is
in it; `kill PID` signals perfmon alone. The kernel does not say which it was (sigaction(2)). So a process that does
nothing sits beside the command: what is pending for it was sent to all, and has reached the command already. `Early`
tells apart what comes before both are there.
"""

from __future__ import annotations

import os
import select
import time

from perfmon.lean.stdlib import TYPE_CHECKING, signal, suppress
from perfmon.supervisor import signals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn

_CLEAR_SECONDS = 1.0


class Canary:
    """A process of our group that holds back every signal; it ends when we do, for its pipe ends then."""

    def __init__(self) -> None:
        theirs, self._question = os.pipe()
        self._answer, told = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _sit(theirs, told)
        os.close(theirs)
        os.close(told)

    def got(self, number: int) -> bool:
        """Whether this signal, which has just reached us, was sent to the canary too; it forgets it then."""
        from perfmon.linux import procfs  # noqa: PLC0415 - not needed before the command starts

        try:
            if not pending(procfs.read(f"/proc/{self.pid}/status")) >> (number - 1) & 1:
                return False
            os.write(self._question, bytes([number]))
            if select.select([self._answer], [], [], _CLEAR_SECONDS)[0]:
                os.read(self._answer, 1)
        except OSError:  # somebody killed it: better a signal twice than never
            return False
        return True

    def end(self) -> None:
        """End it."""
        os.close(self._question)
        os.close(self._answer)
        with suppress(ProcessLookupError, ChildProcessError):  # somebody was faster
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def pending(status: bytes) -> int:
    """The signals pending for a process, from /proc/PID/status: bit N-1 stands for signal N (proc(5))."""
    for line in status.splitlines():
        if line.startswith(b"ShdPnd:"):
            return int(line.split()[1], 16)
    return 0


def _sit(theirs: int, told: int) -> NoReturn:
    """The canary's life: hold signals back, and forget one when told to, until its owner is gone."""
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        _hold_only(theirs, told)
        while number := os.read(theirs, 1):
            signal.sigtimedwait([number[0]], 0)
            os.write(told, number)
    finally:
        os._exit(0)


def _hold_only(*keep: int) -> None:
    """Hold no file that somebody waits for, such as the command's output, nor our owner's end of the pipe."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    least = 3
    for fd in sorted(keep):
        os.closerange(least, fd)
        least = fd + 1
    os.closerange(least, os.sysconf("SC_OPEN_MAX"))


class Early:
    """A signal that perfmon got before the command was told to begin; `passed_on` if the command had not got it."""

    def __init__(self, number: int, sender: int, *, passed_on: bool) -> None:
        self.number = number
        self.sender = sender
        self.time = time.time()
        self.passed_on = passed_on


def settle(ours: Iterable[int], command: int, canary: Canary) -> list[Early]:
    """Take what has come until now; what the command, which holds signals back, has not got is passed on to it.

    What comes while we look is left for later: the canary, which is there by now, tells of it as ever.
    """
    settled = []
    while waiting := [number for number in ours if number in signal.sigpending() and number != signal.SIGCHLD]:
        from perfmon.linux import procfs  # noqa: PLC0415 - it delays the command, and is hardly ever needed

        reached = pending(procfs.read(f"/proc/{command}/status"))
        for number in waiting:
            info = signal.sigtimedwait([number], 0)
            canary.got(number)  # it shall forget this one
            missed = not reached >> (number - 1) & 1
            if missed:
                os.kill(command, number)
            settled.append(Early(number, signals.sender(info.si_code, info.si_pid) if info else 0, passed_on=missed))
            if number == signal.SIGTSTP:
                signals.stop_ourselves(number)  # the command stops, or has been continued, when it is told to go on
    return settled
