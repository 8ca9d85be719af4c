"""Starts the user's command, with its terminal, streams, folder, environment and signals as they were."""

from __future__ import annotations

import errno
import os

from perfmon.lean.standard_error import tell
from perfmon.lean.stdlib import TYPE_CHECKING, signal
from perfmon.linux import child_process

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import FileIO

    from perfmon.supervisor.signals import Given

CANNOT_EXECUTE, NOT_FOUND = 126, 127  # as shells say it
_LOOK_SECONDS = 0.1


class StartError(Exception):
    """The command could not be started; `status` is what a shell would have exited with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def environment() -> dict[str, str]:
    """This process's environment as it was given to us.

    Python sets LC_CTYPE for itself where the locale is C (PEP 538), and the command must not see that.
    """
    given = dict(os.environ)
    if "LC_CTYPE" in given:
        try:
            with open("/proc/self/environ", "rb") as file:
                if not any(entry.startswith(b"LC_CTYPE=") for entry in file.read().split(b"\0")):
                    del given["LC_CTYPE"]
        except OSError:
            pass
    return given


class PendingCommand:
    """The command's process before it executes the command.

    It has our terminal, streams, folder and process group, and holds back `ours`, the signals that we block, until it
    is released. So a signal to the group waits for it from its first moment on, and can be told from one that came
    before it was there.
    """

    def __init__(self, command: list[str], variables: Mapping[str, str], ours: list[signal.Signals]) -> None:
        self._name = command[0]
        order, self._order = child_process.pipe()
        self._failed, failure = child_process.pipe()
        self.pid = child_process.fork(
            lambda: _child_main(command, variables, ours, order, failure),
            (self._order, self._failed),
            (order, failure),
            keeps_files=True,  # they are the command's
        )

    def release(self, given: Given) -> None:
        """Have it execute the command, with the signals as they were before we changed anything."""
        self._order.write(bytes([given.ignores_sigchld, *given.mask]))
        self._order.close()

    def wait_started(self) -> None:
        """Wait until it executes the command.

        Raises:
            StartError: there is no such command, or it cannot be executed.
        """
        from perfmon.linux import wait  # noqa: PLC0415 - not needed before the command starts

        while not wait.readable([self._failed.fileno()], _LOOK_SECONDS):
            if os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT):  # by a signal: it may take long
                break
        else:
            self._check(self._failed.read(16))
        self._failed.close()

    def _check(self, failure: bytes) -> None:
        if not failure:  # the pipe was closed as the command began
            return
        child_process.exit_status(self.pid, wait=True)
        number = int(failure)
        if number == errno.ENOENT:
            raise StartError(f"{self._name}: command not found", NOT_FOUND)
        raise StartError(f"{self._name}: {os.strerror(number)}", CANNOT_EXECUTE)


def _child_main(
    command: list[str], variables: Mapping[str, str], ours: list[signal.Signals], order: FileIO, failure: FileIO
) -> int:
    """Wait for the release, and execute the command; the exit status is returned if that fails, or if we end before."""
    try:
        # Python handles or ignores these for itself; a program expects them as they are by default (signal(7)).
        for number in (signal.SIGPIPE, signal.SIGXFSZ, *ours):
            signal.signal(number, signal.SIG_DFL)
        if given := order.read(4096):
            if given[0]:
                signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_SETMASK, given[1:])
            _execute(command, variables)
    except OSError as error:
        failure.write(b"%d" % (error.errno or 0))
        return NOT_FOUND if error.errno == errno.ENOENT else CANNOT_EXECUTE
    except ValueError:  # a NUL in a word
        failure.write(b"%d" % errno.ENOENT)
    return NOT_FOUND


def _execute(command: list[str], variables: Mapping[str, str]) -> None:
    if not command[0]:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    try:
        os.execvpe(command[0], command, variables)  # noqa: S606 - no shell is the point
    except OSError as error:
        if error.errno != errno.ENOEXEC:  # a script without its first line, which shells give to sh
            raise
        os.execve("/bin/sh", ["sh", *command], variables)  # noqa: S606 - its arguments are words, not text


def replace_by(command: list[str]) -> int:
    """Become the command: nothing is to be recorded. Returns an exit status only if that fails."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment())  # noqa: S606 - no shell is the point
    except FileNotFoundError:
        tell(f"perfmon run: {command[0]}: command not found")
        return NOT_FOUND
    except OSError as error:
        tell(f"perfmon run: {command[0]}: {error.strerror}")
        return CANNOT_EXECUTE
