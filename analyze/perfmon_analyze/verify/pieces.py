"""The pieces that a run folder is made of: of each journal, and each table in it, the rows that are there."""

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
    from perfmon_analyze.loading.run_folder import RunFolder

    Pieces = Mapping[str, Mapping[str, "Piece"]]


_DIGITS = 10  # a run of centuries has journals of fewer


class Piece(NamedTuple):
    """The rows of one table that one journal had: in a segment, whose path `source` is, or in the journal still.

    `rows` is None for a segment that cannot be read. `journal_rows` is what a segment says that its journal had, in
    rows by table; it is empty where none is said.
    """

    source: str | pa.Table
    rows: int | None
    journal_rows: Mapping[str, int]

    def read(self, columns: Sequence[str]) -> pa.Table:
        """These columns; one that is not there is null, and there is no row if the segment cannot be read."""
        if isinstance(self.source, pa.Table):
            return _columns(self.source, columns)
        try:
            with open(layout.open_plain(self.source), "rb") as file:
                table = os.path.basename(os.path.dirname(self.source))
                kinds = column_types.of_table(table)
                read = Segment(self.source, table, file).read(columns)
                return column_types.fitted(read, pa.schema([(name, kinds[name]) for name in columns]))[0]
        except (pa.ArrowException, OSError):  # told by whoever looks for damage
            return _columns(pa.table({}), columns)


def pieces(folder: RunFolder) -> Pieces:
    """The pieces of a run, by the name that journal and segments share and by table.

    A journal without rows is there too, and has no pieces.
    """
    found: defaultdict[str, dict[str, Piece]] = defaultdict(dict)
    for table, segments in folder.segments.items():
        for path in segments:
            found[os.path.basename(path).removesuffix(".parquet")][table] = _sealed(path)
    for stem, recovered in folder.journals.items():
        there = found[stem]
        there |= {
            table: _unsealed(table, recovered) for table in (schema.TABLES.keys() & recovered.rows) - there.keys()
        }
    return dict(found)


def is_unreadable(piece: Piece | None) -> bool:
    """Whether it is there and cannot be read, which whoever looks for damage tells."""
    return piece is not None and piece.rows is None


def numbered(stem: str) -> tuple[str, int]:
    """The writer of a journal and its number, as its name says: `node1-4711-0f3c2a1b-0001`; 0 if it does not say."""
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
    said = (metadata.metadata or {}).get(parquet.ROWS_KEY.encode())
    return Piece(path, metadata.num_rows, _journal_rows(said) if said else {})


def _journal_rows(text: bytes) -> dict[str, int]:
    """What a segment says of its journal, as far as it makes sense."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {table: rows for table, rows in said.items() if table in schema.TABLES and type(rows) is int and rows > 0}


def _unsealed(table: str, recovered: RecoveredRows) -> Piece:
    rows = recovered.rows[table]
    return Piece(pa.table(parquet.to_arrow(table, rows, recovered.labels, {})), len(rows), {})
