"""Exports tables of runs to files of other formats, in chunks of rows: memory does not grow with the runs."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from perfmon.store import schema
from perfmon.store.printable import escaped, printable
from perfmon.store.run_json import MEASURED
from perfmon_analyze.loading import recordings
from perfmon_analyze.loading.runs import row_owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.run_folder import RunReader

KINDS = ("csv", "jsonl", "json", "parquet")
_ROWS = 16_384  # at a time
_TEXT = pa.string()
_ORIGIN = "origin"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell that begins so for a formula


class Writer(Protocol):
    """Writes rows of one table to a file that somebody else opened, and closes."""

    def write(self, rows: pa.Table) -> None:
        """Write some rows."""

    def close(self) -> None:
        """Write what ends the file."""


def present(runs: Iterable[RunReader]) -> list[str]:
    """The tables of which the runs have rows, in the order of the format."""
    runs = list(runs)
    return [table for table in schema.TABLES if any(run.has(table) for run in runs)]


def columns(runs: Sequence[RunReader], table: str, wanted: Sequence[str]) -> pa.Schema:
    """The columns to write, with their types: those wanted, or all that any of the runs has.

    `origin` is one more, beside the labels; whatever is chosen, what was not measured has it.

    Raises:
        ValueError: there is no such column.
    """
    known: dict[str, pa.DataType] = {**{column.name: pa.null() for column in schema.COMMON}, _ORIGIN: _TEXT}
    for run in runs:
        known |= run.kinds(table)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ValueError(f"table {table} has no column {unknown[0]!r}; it must be one of {', '.join(known)}")
    names = list(wanted or known)
    if _ORIGIN not in names and any(run.facts.get(_ORIGIN, MEASURED) != MEASURED for run in runs):
        names.append(_ORIGIN)
    return pa.schema([(name, known[name]) for name in names])


def rows(run: RunReader, table: str, target: pa.Schema) -> Iterator[pa.Table]:
    """The rows of one run, some at a time; those inside an attached stage carry its labels."""
    recording, *attached = recordings.of(run)
    stages = [(place, one.other_labels()) for place, one in enumerate([recording, *attached]) if one.other_labels()]
    needed = {"t": pa.float64(), **dict.fromkeys(recordings.LABELS, pa.dictionary(pa.int32(), _TEXT))}
    fields = {field.name: field.type for field in target if field.name != _ORIGIN}
    for piece in run.stream(table, pa.schema({**needed, **fields} if stages else fields), _ROWS):
        labelled = _labelled(piece, table, recording, attached, stages) if stages else piece
        origin = pa.repeat(pa.scalar(recording.origin), len(labelled))
        yield (
            labelled.append_column(_ORIGIN, origin).select(target.names)
            if _ORIGIN in target.names
            else labelled.select(target.names)
        )


def writer(kind: str, file: BinaryIO, target: pa.Schema) -> Writer:
    """The writer of files of this format."""
    if kind == "parquet":
        return Parquet(file, target)
    return Csv(file, target) if kind == "csv" else Json(file, lines=kind == "jsonl")


class Csv:
    """CSV with a title line: null is empty, text is in quotes, times are ISO 8601 in UTC.

    It is made to be opened: text is printable, and an apostrophe stands before what a spreadsheet would take for a
    formula.
    """

    def __init__(self, file: BinaryIO, target: pa.Schema) -> None:
        titles = [(_harmless(field.name), _plain_type(field.type)) for field in target]
        self._writer = csv.CSVWriter(file, pa.schema(titles))

    def write(self, rows: pa.Table) -> None:
        """Write some rows."""
        self._writer.write(_inert(_readable(rows)))

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


class Json:
    """JSON, an object per row: on a line each, or all of them in a list. A number that JSON lacks is its name."""

    def __init__(self, file: BinaryIO, *, lines: bool) -> None:
        self._file = file
        self._before, self._between, self._after = ("", "\n", "\n") if lines else ("[\n", ",\n", "\n]\n")
        self._has_rows = False

    def write(self, rows: pa.Table) -> None:
        """Write some rows."""
        for row in _readable(rows).to_pylist():
            self._file.write((self._between if self._has_rows else self._before).encode())
            self._file.write(escaped(json.dumps(_finite(row), ensure_ascii=False)).encode())
            self._has_rows = True

    def close(self) -> None:
        """End the last line, or the list."""
        if self._has_rows or self._before:
            self._file.write(((self._before if not self._has_rows else "") + self._after).encode())


class Parquet:
    """One Parquet file of all rows."""

    def __init__(self, file: BinaryIO, target: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(file, target, compression="zstd")

    def write(self, rows: pa.Table) -> None:
        """Write some rows."""
        self._writer.write_table(rows)

    def close(self) -> None:
        """Write the file's end."""
        self._writer.close()


def _labelled(
    piece: pa.Table,
    table: str,
    recording: Recording,
    attached: Sequence[Recording],
    stages: Iterable[tuple[int, Mapping[str, Any]]],
) -> pa.Table:
    """Rows with the labels of the stages they belong to, as every reader of perfmon gives them."""
    owners = row_owners(piece, table, recording, attached)
    for place, labels in stages:
        inside = pa.array(owners == place)
        for name, value in labels.items():
            column = piece[name].cast(_TEXT)
            mask = pc.and_(inside, column.is_null()) if name == "series" else inside
            changed = pc.if_else(mask, pa.scalar(value, _TEXT), column)
            piece = piece.set_column(piece.schema.get_field_index(name), name, changed.dictionary_encode())
    return piece


def _readable(rows: pa.Table) -> pa.Table:
    """Rows without dictionaries, and with times as text."""
    return pa.table({name: _plain(rows[name]) for name in rows.column_names})


def _inert(rows: pa.Table) -> pa.Table:
    """Rows whose text does nothing when a terminal or a spreadsheet shows it; numbers are what they were."""
    for place, field in enumerate(rows.schema):
        if field.type == _TEXT:
            codes = rows[field.name].combine_chunks().dictionary_encode()
            safe = pa.array([_harmless(text) for text in codes.dictionary.to_pylist()], _TEXT)
            rows = rows.set_column(place, field.name, safe.take(codes.indices))
    return rows.rename_columns(list(map(_harmless, rows.column_names)))


def _harmless(text: str) -> str:
    shown = printable(text)
    return f"'{shown}" if text.startswith(_FORMULA) else shown


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):  # naive first: with a time zone, Arrow asks for the system's time zones
        text = column.cast(pa.timestamp("ns")).cast(_TEXT)
        return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), "Z", "")
    return column.cast(_plain_type(column.type))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    is_text = pa.types.is_dictionary(kind) or pa.types.is_timestamp(kind)
    return _TEXT if is_text else kind


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }
