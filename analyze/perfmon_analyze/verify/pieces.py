"""The pieces of a run folder: the rows that exist of each journal and table."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from perfmon.store import layout, parquet, schema
from perfmon_analyze.loading import column_types
from perfmon_analyze.loading.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.store.journal import RecoveredRows
    from perfmon_analyze.loading.run_folder import RunReader

    Pieces = Mapping[str, Mapping[str, "Piece"]]


_DIGITS = 10  # a run of centuries has journals of fewer


class Piece(NamedTuple):
    """The rows of one table of one journal; `source` is the path of the segment, or the rows of an unsealed journal.

    `rows` is None for a segment that cannot be read. `journal_rows` is the number of rows by table that the segment
    states for its journal; it is empty if the segment states none.
    """

    source: str | pa.Table
    rows: int | None
    journal_rows: Mapping[str, int]

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Return these columns; a missing column is null, and an unreadable segment has no rows."""
        if isinstance(self.source, pa.Table):
            return _columns(self.source, columns)
        try:
            with open(layout.open_plain(self.source), "rb") as file:
                table = os.path.basename(os.path.dirname(self.source))
                kinds = column_types.of_table(table)
                read = Segment(self.source, table, file).read(columns)
                return column_types.fit_columns(read, pa.schema([(name, kinds[name]) for name in columns]))[0]
        except (pa.ArrowException, OSError):  # reported by the search for damage
            return _columns(pa.table({}), columns)


def pieces(folder: RunReader) -> Pieces:
    """Return the pieces of a run by stem, the name that a journal and its segments share, and by table.

    A journal without rows has an empty mapping.
    """
    found: defaultdict[str, dict[str, Piece]] = defaultdict(dict)
    for table, segments in folder.segments.items():
        for path in segments:
            found[os.path.basename(path).removesuffix(".parquet")][table] = _sealed(path)
    for stem, recovered in folder.journals.items():
        tables = found[stem]
        tables |= {
            table: _unsealed(table, recovered) for table in (schema.TABLES.keys() & recovered.rows) - tables.keys()
        }
    return dict(found)


def is_unreadable(piece: Piece | None) -> bool:
    """Whether the piece exists but cannot be read, which the search for damage reports."""
    return piece is not None and piece.rows is None


def numbered(stem: str) -> tuple[str, int]:
    """Split a stem such as `node1-4711-0f3c2a1b-0001` into the journal's writer and number; 0 without a number."""
    writer, _, number = stem.rpartition("-")
    return (writer, int(number)) if number.isascii() and number.isdecimal() and len(number) < _DIGITS else (stem, 0)


def _columns(table: pa.Table, names: Sequence[str]) -> pa.Table:
    return pa.table(
        [table[name] if name in table.column_names else pa.nulls(table.num_rows) for name in names], names=list(names)
    )


def _sealed(path: str) -> Piece:
    try:
        with open(layout.open_plain(path), "rb") as file:
            metadata = pq.read_metadata(file)
    except (pa.ArrowException, OSError):
        return Piece(path, None, {})
    if metadata.num_rows > layout.ROWS_MAX:
        return Piece(path, None, {})
    row_counts = (metadata.metadata or {}).get(parquet.ROWS_KEY.encode())
    return Piece(path, metadata.num_rows, _journal_rows(row_counts) if row_counts else {})


def _journal_rows(text: bytes) -> dict[str, int]:
    """Parse the numbers of rows by table that a segment states for its journal; invalid ones are left out."""
    try:
        row_counts = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(row_counts, dict):
        return {}
    return {
        table: rows for table, rows in row_counts.items() if table in schema.TABLES and type(rows) is int and rows > 0
    }


def _unsealed(table: str, recovered: RecoveredRows) -> Piece:
    rows = recovered.rows[table]
    return Piece(pa.table(parquet.to_arrow(table, rows, recovered.labels, {})), len(rows), {})
