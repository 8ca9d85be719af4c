"""Signals that came before the command was there to get them."""

from __future__ import annotations

import os
import time

from perfmon.lean.stdlib import TYPE_CHECKING, signal
from perfmon.supervisor import signals
from perfmon.supervisor.sentinel import pending

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfmon.supervisor.sentinel import Canary


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
