"""Prints the output of verbs; all output passes here, so that no text of a run folder can control the terminal.

Whoever reads standard output may stop at any time, as `head` does: that is no error.
"""

from __future__ import annotations

import os
import sys

from perfmon.store.printable import escaped, printable

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    from collections.abc import Iterable

_ASCII = str.maketrans("▁▂▃▄▅▆▇█●■…°", "_.-:=+*#*#~ ")


def encodable(text: str) -> str:
    """Return a line that standard output can encode, of the same length: bars become ASCII if need be."""
    text = printable(text)
    encoding = sys.stdout.encoding or "utf-8"
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
    sys.stderr.write(f"{printable(text)}\n")


def prompt(question: str) -> None:
    """Print a question on standard error, without a line break."""
    sys.stderr.write(f"{printable(question)} ")
    sys.stderr.flush()


def write(text: str) -> None:
    """Print a text unescaped; never pass text of a run folder."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end


def has_colours() -> bool:
    """Whether standard output is a terminal with colours enabled (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def quoted(word: str) -> str:
    """Return a word quoted for a shell."""
    if word and all(c.isalnum() or c in "_./-" for c in word):
        return word
    import shlex  # noqa: PLC0415 - the end of most runs does without

    return shlex.quote(word)


def _painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{encodable(text)}\x1b[0m" if colour else encodable(text)
