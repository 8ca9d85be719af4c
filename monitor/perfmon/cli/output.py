"""Standard output of verbs that print much: whoever reads it may stop at any time, as `head` does."""

from __future__ import annotations

import os
import sys

_ASCII = str.maketrans("▁▂▃▄▅▆▇█●■…°", "_.-:=+*#*#~ ")


def encodable(text: str) -> str:
    """The text in characters that standard output has: bars and marks become ASCII, what else it lacks becomes `?`."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return text


def write(text: str) -> None:
    """Print a text; nobody reading any more is no error."""
    try:
        sys.stdout.write(encodable(text))
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
