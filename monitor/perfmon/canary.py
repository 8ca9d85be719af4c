"""Tells a signal sent to perfmon alone from one sent to everybody around it.

A shell's `kill %1`, `timeout`, a batch system and a terminal signal a whole process group or job, and the command is
in it; `kill PID` signals perfmon alone. The kernel does not say which it was (sigaction(2)). So a process that does
nothing sits beside the command: what is pending for it was sent to all, and has reached the command already.
"""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING, NoReturn

from perfmon import procfs
from perfmon.helper import die_with_parent, let_go_of_files

if TYPE_CHECKING:
    from perfmon.tree import Tree

_CLEAR_SECONDS = 1.0


class Canary:
    """A process of our group that holds back every signal; it ends when we do."""

    def __init__(self, tree: Tree) -> None:
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(_CLEAR_SECONDS)
        self.pid = os.fork()
        if self.pid == 0:
            _sit(theirs)
        theirs.close()
        tree.excluded.add(self.pid)

    def got(self, number: int) -> bool:
        """Whether this signal, which has just reached us, was sent to the canary too; it forgets it then."""
        try:
            if not pending(procfs.read(f"/proc/{self.pid}/status")) >> (number - 1) & 1:
                return False
            self._ours.sendall(bytes([number]))
            self._ours.recv(1)
        except OSError:  # somebody killed it: better a signal twice than never
            return False
        return True

    def end(self) -> None:
        """End it."""
        self._ours.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def pending(status: bytes) -> int:
    """The signals pending for a process, from /proc/PID/status: bit N-1 stands for signal N (proc(5))."""
    for line in status.splitlines():
        if line.startswith(b"ShdPnd:"):
            return int(line.split()[1], 16)
    return 0


def _sit(theirs: socket.socket) -> NoReturn:
    """The canary's life: hold signals back, and forget one when told to, until its owner is gone."""
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        die_with_parent()
        let_go_of_files(theirs.fileno())
        while told := theirs.recv(1):
            signal.sigtimedwait([told[0]], 0)
            theirs.sendall(told)
    finally:
        os._exit(0)
