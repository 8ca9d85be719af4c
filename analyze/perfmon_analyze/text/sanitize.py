"""Text from files, made safe to print: a run folder may be somebody else's."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text in one line, with a question mark for what would move the cursor, colour the rest or cannot be printed.

    Letters, digits and signs of every script stay.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
