"""Finds the end of a value inside a text: quoted text, a shell word, brackets, a line."""

from __future__ import annotations

from perfmon.lean.lazy_pattern import lazy

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from perfmon.lean.stdlib import NamedTuple

_OPENING = lazy(r"(?:[bBrRuUfF]{1,2}|\$)?(?P<quote>\\*+(?:\"\"\"|'''|\"|'))")
_BEFORE = lazy(r"\\*+[\"']\Z")
_RUN = lazy(r"[^\s\"'`\\;&#,(){}\[\]|]++")
_NESTED = lazy(r"(?s)\\.|[\"'`()\[\]{}]")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_BLOCK = lazy(r"[|>][+-]?[ \t]*\n(?:[ \t]+[^\n]*(?:\n|\Z))+")
_LONGEST_ESCAPE = 16  # backslashes before a quote; each level of JSON in JSON doubles them


class QuotedText(NamedTuple):
    """The begin of a quoted text, and the quote that ends it."""

    begin: int
    quote: str


def quoted(text: str, at: int, enclosing: str) -> tuple[QuotedText | None, int]:
    """Return the quoted text at this place, or None, and its end.

    `enclosing` is the quote that is open already, which opens nothing.
    """
    opening = _OPENING.match(text, at)
    if not opening or (enclosing and opening["quote"] == enclosing):
        return None, at
    inner = QuotedText(opening.end(), opening["quote"])
    return inner, close(text, inner.begin, inner.quote)


def close(text: str, at: int, quote: str, end: int | None = None) -> int:
    """Return the place of the closing quote; the end of the text, or `end`, if there is none before it."""
    sign = quote.lstrip("\\")
    escapes, end = len(quote) - len(sign), len(text) if end is None else end
    begin = at
    while (found := text.find(sign, at, end)) >= 0:
        before = min(backslashes_before(text, found), found - begin)
        if before == escapes if escapes else before % 2 == 0:
            return found - escapes
        at = found + len(sign)
    return end


def backslashes_before(text: str, at: int) -> int:
    """Return the number of backslashes before this place, at most `_LONGEST_ESCAPE`."""
    before = text[max(0, at - _LONGEST_ESCAPE) : at]
    return len(before) - len(before.rstrip("\\"))


def quote_before(text: str, at: int) -> str:
    """The quote, with the backslashes before it, that stands directly before this place."""
    found = _BEFORE.search(text[max(0, at - _LONGEST_ESCAPE) : at])
    return found.group() if found else ""


def word_end(text: str, at: int, quote: str, stops: str) -> int:
    """Return the end of a shell word: quotes and brackets inside it belong to it.

    `quote` is the quote that is open around it, and `stops` are signs that end it, too.
    """
    while at < len(text):
        sign = text[at]
        if sign.isspace() or sign in stops or sign == quote:
            break
        run = _RUN.match(text, at)
        if run:
            at = run.end()
        elif sign == "\\":
            if quote and text[at + 1 : at + 2] == quote:
                break
            at += 2
        elif sign in "\"'`":
            at = min(close(text, at + 1, sign) + 1, len(text))
        elif sign in _PAIRS:
            at = brackets_end(text, at)
        else:
            at += 1
    return min(at, len(text))


def brackets_end(text: str, at: int) -> int:
    """Return the end of the brackets that open here; the end of the text if they are not closed."""
    open_ones: list[str] = []
    while found := _NESTED.search(text, at):
        sign, at = found.group(), found.end()
        if sign in _PAIRS:
            open_ones.append(_PAIRS[sign])
        elif sign in "\"'`":
            at = min(close(text, at, sign) + 1, len(text))
        elif open_ones and sign == open_ones[-1]:
            open_ones.pop()
            if not open_ones:
                return at
    return len(text)


def line_end(text: str, at: int, quote: str) -> int:
    """Return the end of the line, or of the quotes that are open around it."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return close(text, at, quote, end) if quote else end


def yaml_block_end(text: str, at: int) -> int:
    """Return the end of a YAML block that begins here with `|` or `>`; 0 if none does."""
    found = _BLOCK.match(text, at)
    return found.end() if found else 0
