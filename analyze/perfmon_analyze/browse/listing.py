"""A list of runs as a table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perfmon.store.printable import printable
from perfmon.store.run_json import MEASURED
from perfmon_analyze.text import humanize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from perfmon_analyze.browse.fields import RunFields

COLUMNS = (
    *("index", "run", "name", "stage", "model", "variant", "state", "begin_time", "duration_seconds"),
    *("peak_memory_bytes", "gpu_busy_ratio", "origin"),
)
_FIRST_TO_GO = ("run", "begin_time", "name")  # where the terminal is too narrow for all of them
_TITLES = {"index": "#", "peak_memory_bytes": "PEAK RAM", "gpu_busy_ratio": "GPU", "begin_time": "BEGIN (UTC)"}
_SHORTEST = 6  # characters that are left of a long text


class TextColumn(NamedTuple):
    """A column's field, title and cells; numbers are right-aligned."""

    field: str
    title: str
    cells: list[str]
    is_number: bool

    @property
    def width(self) -> int:
        """Characters of its widest cell."""
        return max(len(cell) for cell in (self.title, *self.cells))


def columns(rows: Sequence[RunFields], fields: Iterable[str], *, only_known: bool) -> list[TextColumn]:
    """Return a column for each field; with `only_known` without columns that are empty for all runs."""
    return [_column(rows, field) for field in fields if not (only_known and _is_empty(rows, field))]


def fit_to_width(columns_: list[TextColumn], width: int) -> list[TextColumn]:
    """Return columns that fit into `width` characters: some are left out, then long text is shortened."""
    for field in _FIRST_TO_GO:
        if _total(columns_) > width:
            columns_ = [column for column in columns_ if column.field != field]
    while (over := _total(columns_) - width) > 0:
        widest = max(
            (c for c in columns_ if not c.is_number and c.field != "state"), key=lambda c: c.width, default=None
        )
        if widest is None or widest.width <= _SHORTEST:
            break
        columns_[columns_.index(widest)] = _shortened(widest, max(_SHORTEST, widest.width - over))
    return columns_


def lines(columns_: Sequence[TextColumn]) -> list[tuple[str, ...]]:
    """Return the cells of each line, titles first, padded to the width of their column."""
    return list(zip(*map(_padded, columns_), strict=True))


def _column(rows: Sequence[RunFields], field: str) -> TextColumn:
    formatted = next((formatted for unit, formatted in _FORMATS.items() if field.endswith(unit)), _plain_cell)
    values = [row[field] for row in rows]
    cells = ["-" if value is None else formatted(value) for value in values]
    if field == "state":  # whether somebody on another machine still records it cannot be seen from here
        cells = [f"{text}?" if row["recorder"] == "elsewhere" else text for text, row in zip(cells, rows, strict=True)]
    return TextColumn(field, _title(field), cells, any(isinstance(value, int | float) for value in values))


def _plain_cell(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else printable(str(value))


_FORMATS: dict[str, Callable[[Any], str]] = {
    "_bytes": humanize.format_bytes,
    "_seconds": humanize.format_duration,
    "_ratio": humanize.format_percent,
    "_time": lambda text: printable(text)[:16].replace("T", " "),
}


def _title(field: str) -> str:
    plain = next((field.removesuffix(unit) for unit in _FORMATS if field.endswith(unit)), field)
    return _TITLES.get(field, plain.replace("_", " ").upper())


def _is_empty(rows: Sequence[RunFields], field: str) -> bool:
    usual = {None, MEASURED} if field == "origin" else {None}
    return all(row[field] in usual for row in rows)


def _total(columns_: Sequence[TextColumn]) -> int:
    return sum(column.width + 2 for column in columns_) - 2


def _shortened(column: TextColumn, width: int) -> TextColumn:
    cut = [text if len(text) <= width else text[: width - 1] + "…" for text in (column.title, *column.cells)]
    return column._replace(title=cut[0], cells=cut[1:])


def _padded(column: TextColumn) -> list[str]:
    pad, width = str.rjust if column.is_number else str.ljust, column.width
    return [pad(text, width) for text in (column.title, *column.cells)]
