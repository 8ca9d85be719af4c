"""Text from files, made safe to print: a run folder may be somebody else's."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text in one line, of the same length: white space becomes a blank, and what cannot be shown a question mark.

    Letters, digits and signs of every script stay. Control characters do not, nor what reorders or hides text on a
    terminal (Unicode's bidirectional and zero-width format characters), nor lone surrogates.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def escaped(json_text: str) -> str:
    """A JSON text that says the same, with escapes for whatever in its strings is not printable."""
    return "".join(map(_escaped, json_text)) if not json_text.replace("\n", "").isprintable() else json_text


def _shown(character: str) -> str:
    return character if character.isprintable() else " " if character.isspace() else "?"


def _escaped(character: str) -> str:
    if character == "\n" or character.isprintable():  # within a string, JSON itself escapes a newline
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
