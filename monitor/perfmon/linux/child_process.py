"""Processes of perfmon's own that are forked: what they let go of, and with whom they end."""

from __future__ import annotations

import os

from perfmon.lean import libc
from perfmon.lean.stdlib import signal


def die_with_parent() -> None:
    """Be killed when the process that forked us ends, even while stopped or stuck: PR_SET_PDEATHSIG, prctl(2).

    The kernel means the thread that forked, and the recorder has but one. If it has ended already, the socket says so.
    """
    libc.call("prctl", 1, signal.SIGKILL, 0, 0, 0)


def let_go_of_files(keep: int) -> None:
    """Hold nothing that somebody waits for: not the job's output, not the lock of a journal."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
