"""A comparison as text for a terminal, and as Markdown for a page."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from perfmon.store.printable import printable
from perfmon_analyze.compare.tables import HEAD, heading, remarks, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon_analyze.compare.comparison import Comparison

_WIDTH = 110


def as_text(comparison: Comparison) -> str:
    """A table whose columns stand below each other, then footnotes and notes."""
    return "\n".join(_lines(comparison))


def as_markdown(comparison: Comparison) -> str:
    """A heading, a table and lists."""
    cells = table(comparison)
    rows = [HEAD, tuple("---" if place in (0, 6) else "---:" for place in range(len(HEAD))), *cells.rows]
    parts = [
        f"## {printable(heading(comparison))}",
        "\n".join("| " + " | ".join(printable(cell).replace("|", "\\|") for cell in row) + " |" for row in rows),
        "\n".join(f"- {printable(text)}" for text in (*cells.footnotes, *remarks(comparison))),
    ]
    return "\n\n".join(parts) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    cells = table(comparison)
    yield printable(heading(comparison))
    yield ""
    rows = [tuple(map(printable, row)) for row in (HEAD, *cells.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    yield from (_line(row, widths) for row in rows)
    yield ""
    for text in (*cells.footnotes, *remarks(comparison)):
        yield from textwrap.wrap(printable(text), _WIDTH, initial_indent="- ", subsequent_indent="  ")


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    aligned = [
        cell.ljust(width) if place in (0, 6) else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(aligned).rstrip()
