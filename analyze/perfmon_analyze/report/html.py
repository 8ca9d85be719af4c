"""HTML of which every text is escaped: run folders may be somebody else's."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHORT = 24  # letters that are not worth two lines
_VOID = frozenset({"br", "img", "input", "link", "meta"})


class Html(str):
    """Text that is HTML already; everything else is escaped before it becomes some."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """An element; `None` among children and attributes is left out, `True` is an attribute without a value.

    A trailing `_` of an attribute's name falls away, and others become `-`: `class_`, `aria_label`.
    """
    opening = "".join(
        _attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    return Html(f"<{name}{opening}>" if name in _VOID else f"<{name}{opening}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Html:
    """The pieces one after the other, escaped unless they are HTML; None is left out."""
    return Html(
        "".join(one if isinstance(one, Html) else escape(readable(str(one))) for one in children if one is not None)
    )


def readable(text: str) -> str:
    """The text with U+FFFD for what cannot be printed, such as control characters and marks of writing direction."""
    return text if text.isprintable() else "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str, words: Sequence[int] = (0,)) -> Html:
    """A table that scrolls sideways where it does not fit; the first cell of a row is its heading.

    `words` are the columns of text; all others hold numbers, and stand at the right.
    """
    titles = [tag("th", title, scope="col", class_=_kind(place, words)) for place, title in enumerate(head)]
    body = [tag("tr", *(_cell(cell, place, words) for place, cell in enumerate(row))) for row in rows]
    seen = tag("caption", caption, class_="unseen")
    inner = tag("table", seen, tag("thead", tag("tr", *titles)), tag("tbody", *body))
    return tag("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _cell(cell: object, place: int, words: Sequence[int]) -> Html:
    length = "short" if len(str(cell)) <= _SHORT else "long"
    return (
        tag("td", cell, class_=_kind(place, words) or length) if place else tag("th", cell, scope="row", class_=length)
    )


def _kind(place: int, words: Sequence[int]) -> str | None:
    return None if place in words else "number"


def data(value: Any, name: str) -> Html:
    """An element with a value as JSON for scripts; nothing in the value can end the element."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)  # ASCII only: no line separators of JavaScript
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Html(f'<script type="application/json" id="{escape(name)}">{text}</script>')


def _attribute(name: str, value: object) -> str:
    shown = name.rstrip("_").replace("_", "-")
    return f" {shown}" if value is True else f' {shown}="{escape(readable(str(value)))}"'
