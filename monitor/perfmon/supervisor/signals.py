"""Signals as a descriptor to read from, with who sent each."""

from __future__ import annotations

import os
import sys

from perfmon.lean import libc
from perfmon.lean.stdlib import TYPE_CHECKING, signal

if TYPE_CHECKING:
    from collections.abc import Iterable

# What a person, a shell, a batch system or `kill` sends to a command and means for the job.
FORWARDED = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGCONT,
    signal.SIGTSTP,
)

_SI_KERNEL = 0x80  # si_code of a signal that the terminal made, sigaction(2)
_SET_BYTES = 128  # sigset_t of Linux: 1024 bits
_INFO_WORDS = 32  # of four bytes: struct signalfd_siginfo: ssi_signo, ssi_errno, ssi_code, ssi_pid, …, signalfd(2)


class Given:
    """Of the signals that perfmon was started with: the mask, and whether SIGCHLD was ignored."""

    def __init__(self, mask: set[int], *, ignores_sigchld: bool) -> None:
        self.mask = mask
        self.ignores_sigchld = ignores_sigchld


def block() -> tuple[list[signal.Signals], Given]:
    """Hold back the signals to forward, and SIGCHLD; which they are, and what was given before, is returned.

    A signal that was ignored at the start, as nohup and shells without job control do, stays ignored.
    """
    # ignored, it would take the command's exit status away
    ignored = signal.signal(signal.SIGCHLD, signal.SIG_DFL) == signal.SIG_IGN
    ours = [number for number in FORWARDED if signal.getsignal(number) != signal.SIG_IGN] + [signal.SIGCHLD]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ours)
    return ours, Given({int(number) for number in before}, ignores_sigchld=ignored)


def descriptor(numbers: Iterable[int]) -> int:
    """A descriptor from which these signals, blocked before, can be read: signalfd(2).

    Raises:
        OSError: the kernel has none to give.
    """
    mask = sum(1 << (number - 1) for number in numbers)
    fd = libc.call("signalfd", -1, mask.to_bytes(_SET_BYTES, sys.byteorder), os.O_CLOEXEC | os.O_NONBLOCK)
    if fd < 0:
        raise OSError("signalfd failed")
    return fd


def read(fd: int) -> list[tuple[int, int]]:
    """The signals that have arrived since, each with the pid of who sent it.

    That is 0 for a signal that the kernel made, of a key at the terminal say: it goes to the whole foreground group.
    """
    try:
        data = os.read(fd, 64 * 4 * _INFO_WORDS)
    except BlockingIOError:
        return []
    words = memoryview(data).cast("i")
    return [(words[at], sender(words[at + 2], words[at + 3])) for at in range(0, len(words), _INFO_WORDS)]


def sender(code: int, pid: int) -> int:
    """Who sent a signal with this si_code and si_pid, sigaction(2); 0 for the kernel."""
    return 0 if code == _SI_KERNEL else pid


def name(number: int) -> str:
    """What a signal is called."""
    from signal import Signals  # noqa: PLC0415 - enumerations take long to load, and few commands die of a signal

    return Signals(number).name


def become_subreaper() -> None:
    """Have every orphan among our descendants become our child: PR_SET_CHILD_SUBREAPER, prctl(2).

    Every Linux since 3.4 has it; a kernel that refuses leaves us with the tree that parents alone make.
    """
    libc.call("prctl", 36, 1, 0, 0, 0)


def stop_ourselves(number: int) -> None:
    """Be stopped by a signal, which is blocked, as its sender would see a command stop."""
    if number == signal.SIGSTOP:
        os.kill(os.getpid(), number)
        return
    before = signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])  # we stop here
    signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    signal.signal(number, before)


def die_of(number: int) -> None:
    """End this process by a signal, as its caller would have seen the job end."""
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
