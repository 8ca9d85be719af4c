"""Prints the output of verbs; all output passes here, so that no text of a run folder can control the terminal.

Whoever reads standard output may stop at any time, as `head` does: that is no error. What cannot be written otherwise,
on a full disk or to a closed descriptor, is told once, and `finish` has a status for it. Neither raises.
"""

from __future__ import annotations

import errno
import os
import sys

from perfmon.lean.standard_error import tell
from perfmon.lean.stdlib import suppress
from perfmon.store.printable import escaped, printable

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

LOST_STATUS = 2  # as `ls` has it; a verb's own failure, or its verdict, comes first
_ASCII = str.maketrans("▁▂▃▄▅▆▇█●■…°", "_.-:=+*#*#~ ")
_lost: list[Exception] = []  # why standard output could not be written


def encodable(text: str) -> str:
    """Return a line that standard output can encode, of the same length: bars become ASCII if need be."""
    text = printable(text)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return text


def lines(texts: Iterable[str]) -> None:
    """Print each text as one line."""
    write("".join(f"{encodable(text)}\n" for text in texts))


def coloured(rows: Iterable[Iterable[tuple[str, str]]], between: str = "") -> None:
    """Print lines of parts, each as (text, colour): parameters of SGR, such as `1;31`, or nothing.

    `between` is not escaped: never pass text of a run folder.
    """
    write("".join(between.join(_painted(*part) for part in parts).rstrip() + "\n" for parts in rows))


def json(text: str) -> None:
    """Print JSON; control characters are escaped."""
    write(escaped(text).rstrip("\n") + "\n")


def error(text: str) -> None:
    """Print one line on standard error."""
    tell(printable(text))


def prompt(question: str) -> None:
    """Print a question on standard error, without a line break."""
    with suppress(OSError, ValueError, AttributeError):  # who cannot read it will not answer yes
        sys.stderr.write(f"{printable(question)} ")
        sys.stderr.flush()


def write(text: str) -> None:
    """Print a text unescaped; never pass text of a run folder."""
    if sys.stdout is None:
        _lose(OSError(errno.EBADF, os.strerror(errno.EBADF)))
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError) as failure:
        _lose(failure)


def open_closed() -> None:
    """Have a standard stream that was closed as we began refuse what is written to it, as others that cannot write do.

    It takes up its number, too, which the next file that is opened would have instead.
    """
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    for standard in range(3):
        try:
            os.fstat(standard)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # has the lowest number that is free: this one
    sys.stdin = sys.stdin or open(0)  # noqa: SIM115 - these live as long as we do
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115


def by_library(printing: Callable[[], None]) -> None:
    """Have a library print on standard output, by a function that has it do so, as safely as `write`."""
    try:
        printing()
        if sys.stdout is not None:
            sys.stdout.flush()
    except SystemExit:  # rich's way to say that nobody reads any more
        pass
    except (OSError, ValueError) as failure:
        _lose(failure)


def finish(status: int) -> int:
    """Write what is still to be written at the end of a verb with this exit status; returned is the one to end with."""
    by_library(lambda: None)
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except (OSError, ValueError):
        _discard(sys.stderr)
    return status or (LOST_STATUS if _lost else 0)


def is_lost() -> bool:
    """Whether something could not be written to standard output, for another reason than that nobody reads it."""
    return bool(_lost)


def _lose(failure: Exception) -> None:
    """Go on without standard output; unless only its reader has gone, one line tells."""
    if not isinstance(failure, BrokenPipeError) and not _lost:
        _lost.append(failure)
        error(f"perfmon: standard output cannot be written: {getattr(failure, 'strerror', None) or failure}")
    _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    """Let a stream lead nowhere: it keeps what it could not write, and the interpreter tries again at its end."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def has_colours() -> bool:
    """Whether standard output is a terminal with colours enabled (https://no-color.org)."""
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def quoted(word: str) -> str:
    """Return a word quoted for a shell."""
    if word and all(c.isalnum() or c in "_./-" for c in word):
        return word
    import shlex  # noqa: PLC0415 - the end of most runs does without

    return shlex.quote(word)


def _painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{encodable(text)}\x1b[0m" if colour else encodable(text)
