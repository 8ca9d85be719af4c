"""Processes of perfmon's own: how one is started, what it lets go of, with whom it ends, and how it is waited for.

Whoever starts one decides what is said over the channel; the mechanics stand here, once.
"""

from __future__ import annotations

import os
import sys
from io import FileIO

from perfmon.lean import libc
from perfmon.lean.stdlib import TYPE_CHECKING, signal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Protocol

    class Descriptor(Protocol):
        """An end of a channel: a file or a socket."""

        def fileno(self) -> int:
            """Its number."""

        def close(self) -> None:
            """Close it."""


_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # prctl(2)
OWN_NAME = b"perfmon-own"  # of 15 bytes at most
_STANDARD = (0, 1, 2)
_MOST_DESCRIPTORS = 1 << 20  # what the kernel lets a process have at most by default: fs.nr_open, proc(5)


def pipe() -> tuple[FileIO, FileIO]:
    """Both ends of a pipe, to read from and to write to, which no program that is executed inherits."""
    reader, writer = os.pipe()
    return FileIO(reader, "r"), FileIO(writer, "w")


def fork(
    child_main: Callable[[], int | None],
    ours: Collection[Descriptor],
    theirs: Collection[Descriptor],
    *,
    blocked: Collection[int] = (),
    dies_with_parent: bool = False,
    silent: bool = False,
    keeps_files: bool = False,
) -> int:
    """Run a function in a child process, and return the child's pid.

    The child never returns from here: it ends by os._exit(2) when the function does.

    Args:
        child_main: the function; the exit status is what it returns, 0 for None, and 1 if it raises.
        ours: our ends of the channels to the child, which the child closes.
        theirs: the child's ends, which we close.
        blocked: signals that the child holds back.
        dies_with_parent: whether the child is killed when this thread ends, even while stopped or stuck.
        silent: whether its standard streams are /dev/null, so that nobody waits for the job's output because of it.
        keeps_files: whether it keeps what else is open; else it holds nothing, such as the lock of a journal, for which
            somebody waits.

    Raises:
        OSError: no process is to be had; all ends are closed.
    """
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        for end in (*ours, *theirs):
            end.close()
        raise
    if pid == 0:
        status = 1
        try:
            if blocked:
                signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
            if dies_with_parent:
                _die_with(parent)
            for end in ours:
                end.close()
            keep = [end.fileno() for end in theirs]
            if silent:
                _silence(keep)
            if not keeps_files:
                close_other_files(keep)
            status = child_main() or 0
        finally:
            os._exit(status)
    for end in theirs:
        end.close()
    return pid


def name_ourselves() -> None:
    """Take the name by which a perfmon around us knows perfmon's own processes; those that we fork have it, too.

    A program that is executed has its own.
    """
    libc.call("prctl", _PR_SET_NAME, OWN_NAME, 0, 0, 0)


def _die_with(parent: int) -> None:
    """Be killed when the thread that forked us ends: PR_SET_PDEATHSIG, prctl(2)."""
    libc.call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we could ask for that
        os._exit(1)


def _silence(keep: Collection[int]) -> None:
    """Have /dev/null for standard streams; where one was closed, a channel that we keep may have its number."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in _STANDARD:
        if standard not in keep:
            os.dup2(null, standard)
    if null not in _STANDARD:
        os.close(null)


def close_other_files(keep: Collection[int]) -> None:
    """Close all descriptors but the standard streams and these.

    Only those that are open are gone through: the limit may be a billion, and not every Python, C library and kernel
    has close_range(2).
    """
    try:
        open_fds: Collection[int] = [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:  # no /proc, or that of another namespace
        limit = os.sysconf("SC_OPEN_MAX")
        open_fds = range(limit if 0 < limit < _MOST_DESCRIPTORS else _MOST_DESCRIPTORS)
    for fd in open_fds:
        if fd not in keep and fd not in _STANDARD:
            os.closerange(fd, fd + 1)  # which is silent about one that is closed already, such as the listing's own


def spawn(module: str, words: Sequence[str], ours: Descriptor, theirs: Descriptor) -> None:
    """Start a new interpreter that is nobody's child, and have it call a module's `main`.

    A fork alone would copy the locks of our caller's threads and its GPU context. The interpreter's arguments are the
    words and the number of its end of the channel; `leave_parent` is for it to call first.

    Raises:
        OSError: it could not be started; both ends are closed.
    """
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    code = f"import os, sys; os.fork() and os._exit(0); sys.path.append({root!r}); from {module} import main; main()"
    command = [sys.executable, "-P", "-c", code, *words, str(theirs.fileno())]
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1)]
    try:
        os.set_inheritable(theirs.fileno(), True)
        pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=null)
        status = exit_status(pid, wait=True)  # the first of two forks ends at once; the second is nobody's child
        if status:
            raise OSError(f"{sys.executable} ended with status {status}")
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()


def leave_parent(keep: int, blocked: Collection[int]) -> None:
    """Let go of what started us: its session, its terminal's signals, and all its files but one, the channel."""
    os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    close_other_files([keep])
    os.set_inheritable(keep, False)


def exit_status(pid: int, *, wait: bool) -> int | None:
    """The exit status of a child, or minus the signal that it died of; None if it still runs and is not waited for.

    Where somebody else has waited for it, or nobody needs to, as SIGCHLD is ignored, its status is lost: 0.
    """
    try:
        ended, status = os.waitpid(pid, 0 if wait else os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if ended else None
