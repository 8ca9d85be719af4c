"""Journals become Parquet files, whole or not at all.

This is the only room of the recorder that loads a Parquet writer. It runs in a short-lived process of its own,
so that the sampler stays small.
"""

from __future__ import annotations

import fcntl
import os
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from perfmon import facts as facts_of_a_run
from perfmon import journal, layout, schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.journal import Row, Value

_TYPES = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "timestamp": pa.timestamp("ns", "UTC"),
}
_CONSTANT = {column.name for column in schema.COMMON} - {"time", "t"}


def arrow_schema(table: str, facts: Mapping[str, object]) -> pa.Schema:
    """The Arrow schema of a table, with unit, kind and meaning in each field's metadata."""
    fields = [
        pa.field(
            c.name,
            pa.dictionary(pa.int32(), pa.string()) if c.type == "string" else _TYPES[c.type],
            metadata={"unit": c.unit, "kind": c.kind, "meaning": c.meaning},
        )
        for c in schema.columns(table)
    ]
    metadata = {
        "perfmon.format": str(layout.FORMAT),
        "perfmon.table": table,
        "perfmon.origin": str(facts.get("origin", "measured")),
        "perfmon.run": str(facts.get("run", "")),
    }
    return pa.schema(fields, metadata=metadata)


def to_arrow(table: str, rows: Sequence[Row], labels: Row, facts: Mapping[str, object]) -> pa.Table:
    """Rows of one table as an Arrow table; what a row does not hold it takes from the labels, or it is null.

    A value that does not fit its column becomes null: one strange value must not cost the others.
    """
    fields = arrow_schema(table, facts)
    return pa.table([_array([_value(row, labels, f.name) for row in rows], f.type) for f in fields], schema=fields)


def _value(row: Row, labels: Row, name: str) -> Value:
    return row[name] if name in row else (labels.get(name) if name in _CONSTANT else None)


def _array(values: list[Value], kind: pa.DataType) -> pa.Array:
    plain = pa.string() if pa.types.is_dictionary(kind) else kind
    try:
        array = pa.array(values, plain)
    except (ValueError, TypeError, OverflowError):
        array = pa.array([_fitting(value, plain) for value in values], plain)
    return array.dictionary_encode() if plain is not kind else array


def _fitting(value: Value, kind: pa.DataType) -> Value:
    if isinstance(value, str):  # a file name that is not UTF-8 holds surrogates
        value = value.encode(errors="replace").decode()
    try:
        pa.scalar(value, kind)
    except (ValueError, TypeError, OverflowError):
        return None
    return value


def write_segment(path: str, table: pa.Table) -> None:
    """Write one Parquet file: under a temporary name, to the disk, then published under its own name.

    Raises:
        FileExistsError: there is a file of that name; it is left as it is.
        OSError: the file could not be written.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "xb") as file:
            pq.write_table(
                table,
                file,
                compression="zstd",
                use_dictionary=[f.name for f in table.schema if f.name != "time"],
                column_encoding={"time": "DELTA_BINARY_PACKED"},
            )
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def seal_journal(folder: str, name: str, facts: Mapping[str, object]) -> int:
    """Turn one journal into segments, one a table, and remove it; the number of damaged lines is returned.

    Raises:
        OSError: a segment could not be written; the journal stays.
    """
    path = os.path.join(folder, layout.JOURNAL, name)
    recovered = journal.read(path)
    stem = name.removesuffix(layout.JOURNAL_SUFFIX)
    for table, rows in recovered.rows.items():
        if table not in schema.TABLES:
            continue
        segment = layout.segment_path(folder, table, stem)
        if not os.path.exists(segment):  # left by a sealer that died after publishing it
            write_segment(segment, to_arrow(table, rows, recovered.labels, facts))
    os.unlink(path)
    return recovered.damaged


def seal(folder: str) -> int:
    """Seal every journal of a run that nobody holds; the number of damaged lines is returned.

    Raises:
        OSError: run.json or a journal cannot be read, or a segment cannot be written.
        ValueError: run.json does not hold a JSON object.
    """
    facts = layout.read_facts(folder)
    journals = os.path.join(folder, layout.JOURNAL)
    if not os.path.isdir(journals):
        return 0
    damaged = 0
    lock = os.open(journals, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one sealer at a time: the recorder's, or somebody's `perfmon seal`
        for name in sorted(os.listdir(journals)):
            if name.endswith(layout.JOURNAL_SUFFIX) and not journal.is_held(os.path.join(journals, name)):
                damaged += seal_journal(folder, name, facts)
        if facts.get("state") != facts_of_a_run.RUNNING and not os.listdir(journals):
            os.rmdir(journals)
    finally:
        os.close(lock)
    return damaged


def main() -> int:
    """Seal the run named on the command line, in a process of its own; the exit status is returned."""
    try:
        seal(sys.argv[1])
    except (OSError, ValueError, pa.ArrowException) as error:
        sys.stderr.write(f"perfmon: {sys.argv[1]} is not sealed: {error}; its journal stays and can be read\n")
        return 1
    return 0
