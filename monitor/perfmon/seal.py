"""Journals become Parquet files, whole or not at all.

This is the only room of the recorder that loads a Parquet writer. It runs in a short-lived process of its own,
so that the sampler stays small.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import math
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from perfmon import facts as facts_of_a_run
from perfmon import journal, layout, schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.journal import Recovered, Row, Value

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
    table_folder = _own_folder(path)
    temporary = f"{path}.{os.getpid()}{layout.TEMPORARY_SUFFIX}"
    try:
        with open(temporary, "xb") as file:
            pq.write_table(
                table,
                file,
                compression="zstd",
                write_page_checksum=True,
                use_dictionary=[f.name for f in table.schema if f.name != "time"],
                column_encoding={"time": "DELTA_BINARY_PACKED"},
            )
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        layout.remove(temporary)
    _sync(table_folder)


def _own_folder(path: str) -> str:
    """The folder of a segment, made if need be; no link to one, which might lead out of the run folder."""
    folder = os.path.dirname(path)
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    if not layout.is_folder(folder):
        raise NotADirectoryError(errno.ENOTDIR, "a link or a file stands in the place of a table's folder", folder)
    return folder


def _sync(folder: str) -> None:
    """Bring a folder's names to the disk: the journal must not be gone before the segment is there."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class Sealed(NamedTuple):
    """What sealing a run came to: journals sealed, lines damaged in them, journals held by somebody, what failed."""

    journals: int
    damaged: int
    held: int
    problems: tuple[str, ...]


def seal(folder: str) -> Sealed:
    """Seal every journal of a run that nobody holds. A journal that cannot be sealed stays, and why is returned.

    Raises:
        OSError: run.json or the folder of journals cannot be read.
        ValueError: run.json does not hold a JSON object.
    """
    facts = layout.read_facts(folder)
    journals = os.path.join(folder, layout.JOURNAL)
    try:
        lock = os.open(journals, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return Sealed(0, 0, 0, ())
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one sealer at a time: the recorder's, or somebody's `perfmon seal`
        _remove_left_over(folder)
        names = sorted(name for name in os.listdir(journals) if name.endswith(layout.JOURNAL_SUFFIX))
        sealed = _seal_each(folder, names, facts)
        if facts.get("state") != facts_of_a_run.RUNNING and not os.listdir(journals):
            os.rmdir(journals)
    finally:
        os.close(lock)
    return sealed


def _remove_left_over(folder: str) -> None:
    """Remove the temporary files of sealers that were killed: nobody else seals while we hold the lock."""
    for table_folder in (os.path.join(folder, table) for table in schema.TABLES):
        if layout.is_folder(table_folder):
            for name in os.listdir(table_folder):
                if name.endswith(layout.TEMPORARY_SUFFIX):
                    layout.remove(os.path.join(table_folder, name))


def _seal_each(folder: str, names: Sequence[str], facts: Mapping[str, object]) -> Sealed:
    journals = damaged = held = 0
    problems = []
    for name in names:
        try:
            lines = seal_journal(folder, name, facts)
        except (OSError, pa.ArrowException) as error:
            problems.append(f"{name}: {error}")
            continue
        journals += lines is not None
        held += lines is None
        damaged += lines or 0
    return Sealed(journals, damaged, held, tuple(problems))


def seal_journal(folder: str, name: str, facts: Mapping[str, object]) -> int | None:
    """Turn one journal into segments, one a table, and remove it.

    The number of its damaged lines is returned, or None if somebody still holds it: then it is left alone.

    Raises:
        OSError: a segment could not be written; the journal stays.
    """
    path = os.path.join(folder, layout.JOURNAL, name)
    held = journal.hold(path)
    if held is None:
        return None
    try:
        recovered = journal.read(path)
        _publish(folder, name.removesuffix(layout.JOURNAL_SUFFIX), recovered, facts)
        os.unlink(path)
    finally:
        os.close(held)
    return recovered.damaged


def _publish(folder: str, stem: str, recovered: Recovered, facts: Mapping[str, object]) -> None:
    rows = recovered.rows
    if recovered.damaged:
        rows = rows | {"event": [*rows.get("event", []), _torn(stem, recovered)]}
    labels = recovered.labels or {name: _plain(facts.get(name)) for name in _CONSTANT}  # the line of labels was torn
    for table in rows.keys() & schema.TABLES.keys():
        segment = layout.segment_path(folder, table, stem)
        _own_folder(segment)
        if not os.path.lexists(segment):  # there is one if a sealer died after publishing it
            write_segment(segment, to_arrow(table, rows[table], labels, facts))


def _torn(stem: str, recovered: Recovered) -> Row:
    """The event that tells how much of a journal was lost; its time is that of the last row before it."""
    rows = [row for some in recovered.rows.values() for row in some]
    last = max(rows, key=lambda row: _number(row.get("t")), default={})
    about: Row = {"kind": "torn", "source": "journal", "entity": stem}
    detail = f"{recovered.damaged} lines were torn or damaged, and what they held is lost"
    return about | {"time": last.get("time"), "t": last.get("t"), "begin_t": last.get("t"), "detail": detail}


def _number(value: object) -> float:
    return value if isinstance(value, (int, float)) else -math.inf


def _plain(value: object) -> Value:
    return value if isinstance(value, (str, int, float)) else None


def main() -> int:
    """Seal the run named on the command line, in a process of its own; the exit status is returned."""
    try:
        problems = seal(sys.argv[1]).problems
    except (OSError, ValueError) as error:
        problems = (str(error),)
    for problem in problems:
        sys.stderr.write(f"perfmon: {sys.argv[1]} is not sealed: {problem}; its journal stays and can be read\n")
    return 1 if problems else 0
