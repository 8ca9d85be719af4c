"""What verbs print. Nothing reaches a terminal by another way, so no text of a run folder can drive it.

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
    """A line as standard output can show it, of the same length: bars and marks become ASCII where it lacks them."""
    text = printable(text)
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return text


def lines(texts: Iterable[str]) -> None:
    """Print lines; a text that is several becomes one."""
    write("".join(f"{encodable(text)}\n" for text in texts))


def coloured(rows: Iterable[Iterable[tuple[str, str]]], between: str = "") -> None:
    """Print lines of parts, each as (text, colour): parameters of SGR, such as `1;31`, or nothing.

    `between` is perfmon's own.
    """
    write("".join(between.join(_painted(*part) for part in parts).rstrip() + "\n" for parts in rows))


def json(text: str) -> None:
    """Print JSON; what a terminal would act upon is escaped."""
    write(escaped(text).rstrip("\n") + "\n")


def error(text: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write(f"{printable(text)}\n")


def ask(question: str) -> None:
    """Print a question on standard error, and stay on its line."""
    sys.stderr.write(f"{printable(question)} ")
    sys.stderr.flush()


def write(text: str) -> None:
    """Print a text as it is: only of perfmon's own making, never with anything from a run folder in it."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end


def has_colours() -> bool:
    """Whether it is a terminal whose user wants colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def quoted(word: str) -> str:
    """A word as it can be copied into a command line of a shell."""
    if word and all(c.isalnum() or c in "_./-" for c in word):
        return word
    import shlex  # noqa: PLC0415 - the end of most runs does without

    return shlex.quote(word)


def _painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{encodable(text)}\x1b[0m" if colour else encodable(text)
