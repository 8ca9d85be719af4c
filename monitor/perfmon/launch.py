"""The user's command: started, left alone, its signals passed on, its end awaited."""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Mapping

CANNOT_EXECUTE, NOT_FOUND = 126, 127  # as shells say it


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


def start(command: list[str], variables: Mapping[str, str], mask: set[int]) -> int:
    """Start the command with our terminal, streams, folder and process group, and return its pid.

    `mask` is the signal mask it gets: the one that we had before we blocked anything.

    Raises:
        StartError: there is no such command, or it cannot be executed.
    """
    # Python ignores these for itself; a program expects them as they are by default (signal(7)).
    defaults = [signal.SIGPIPE, signal.SIGXFSZ]
    try:
        try:
            return os.posix_spawnp(command[0], command, variables, setsigmask=mask, setsigdef=defaults)
        except OSError as error:
            if error.errno != 8:  # ENOEXEC: a script without its first line, which shells give to sh
                raise
            return os.posix_spawn("/bin/sh", ["sh", *command], variables, setsigmask=mask, setsigdef=defaults)
    except FileNotFoundError:
        raise StartError(f"{command[0]}: command not found", NOT_FOUND) from None
    except OSError as error:
        raise StartError(f"{command[0]}: {error.strerror}", CANNOT_EXECUTE) from None
    except ValueError as error:  # an empty name, or one with a NUL in it
        raise StartError(f"{command[0]!r}: {error}", NOT_FOUND) from None


def replace_by(command: list[str]) -> int:
    """Become the command: nothing is to be recorded. Returns an exit status only if that fails."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment())  # noqa: S606 - no shell is the point
    except FileNotFoundError:
        sys.stderr.write(f"perfmon run: {command[0]}: command not found\n")
        return NOT_FOUND
    except OSError as error:
        sys.stderr.write(f"perfmon run: {command[0]}: {error.strerror}\n")
        return CANNOT_EXECUTE
