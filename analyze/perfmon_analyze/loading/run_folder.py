"""Where the run folders are, and one of them opened."""

from __future__ import annotations

import math
import os
import warnings
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from perfmon.store import journal, layout, run_json, schema
from perfmon_analyze.loading import column_statistics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perfmon.store.journal import RecoveredRows
    from perfmon_analyze.loading.column_statistics import Told

_TEXT = pa.dictionary(pa.int32(), pa.string())
_KINDS = {"int64": pa.int64(), "float64": pa.float64(), "string": _TEXT, "timestamp": pa.timestamp("ns", "UTC")}
_LABELS = ("stage", "model", "variant", "series", "host", "rank")
_TYPES: tuple[tuple[tuple[str, ...], tuple[type, ...], object], ...] = (
    (
        ("run", "name", *_LABELS[:-1], "dataset", "origin", "state", "begin_time", "end_time", "exit_reason"),
        (str,),
        None,
    ),
    (("interval_seconds", "duration_seconds", "begin_monotonic", "rank", "exit_status"), (int, float), None),
    (("tags", "config", "hardware", "peak", "totals", "sampler", "ending", "environment"), (dict,), {}),
    (("command", "folders"), (list,), []),
)


class Unreadable(UserWarning):
    """A file of a run could not be read; the others still count."""


class RunFolder:
    """One run folder as it was when it was opened: its facts, its sealed segments and what was not sealed yet."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._problems: set[str] = set()
        self._told: dict[str, tuple[int, dict[str, Told]]] = {}
        self.journals = dict(self._journals())  # before the segments: what is sealed meanwhile shows up among those
        self.segments = {table: self._listed(table, ".parquet") for table in schema.TABLES}
        self.unsealed = {table: self._unsealed(table, self.journals.items()) for table in schema.TABLES}
        self.facts = self._facts()

    def has(self, table: str) -> bool:
        """Whether there is a file or an unsealed row of this table."""
        return bool(self.segments.get(table) or self.unsealed.get(table))

    def never_known(self, table: str, column: str) -> bool:
        """Whether no row of this table has a value in this column, as far as that is told without reading it."""
        _, columns = self._said(table)
        return not self.unsealed[table] and (column not in columns or not columns[column].may_be_known)

    def only_value(self, table: str, column: str, *, if_known: bool = False) -> float | str | None:
        """What every row of this table has in this column, if that is told without reading it.

        With `if_known`, what every row has that has anything.
        """
        rows, columns = self._said(table)
        told = columns.get(column)
        if self.unsealed[table] or told is None or len(told.ends) != 1:
            return None
        if told.may_be_known < rows and not if_known:
            return None
        (value,) = told.ends
        return value.decode() if isinstance(value, bytes) else value

    def only_number(self, table: str, column: str) -> float | None:
        """The same of a column of numbers; NaN if no row of this table has any."""
        if self.never_known(table, column):
            return math.nan
        value = self.only_value(table, column)
        return None if value is None else float(value)

    def _said(self, table: str) -> tuple[int, dict[str, Told]]:
        if table not in self._told:
            opened = [piece for piece in map(self._opened, self.segments[table]) if piece is not None]
            self._told[table] = column_statistics.told(piece.metadata for piece in opened)
        return self._told[table]

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of one table in the order written; a column that a file lacks is null there.

        Without `columns`, all that the format knows and all that the files hold.
        """
        pieces = [piece for piece in map(self._opened, self.segments.get(table, ())) if piece is not None]
        pieces += self._recovered(table)
        kinds = {c.name: _KINDS[c.type] for c in schema.columns(table)}
        kinds = {f.name: f.type for piece in pieces for f in _schema(piece)} | kinds
        names = list(kinds) if columns is None else list(columns)
        target = pa.schema([(name, kinds.get(name, pa.float64())) for name in names])
        tables = [t for t in (self._fitted(piece, target) for piece in pieces) if t is not None]
        return pa.concat_tables([_empty(target), *tables]).unify_dictionaries()

    def kinds(self, table: str) -> dict[str, pa.DataType]:
        """The columns of one table, with their types: those of the format, and what else its files hold."""
        opened = [piece for piece in map(self._opened, self.segments.get(table, ())) if piece is not None]
        more = {field.name: field.type for piece in opened for field in piece.schema_arrow}
        known = {column.name: _KINDS[column.type] for column in schema.columns(table)}
        return known | {name: kind for name, kind in more.items() if name not in known}

    def stream(self, table: str, target: pa.Schema, rows: int) -> Iterator[pa.Table]:
        """The rows that `read` gives, so many at a time at most: a run of any length takes no more memory."""
        for path in self.segments.get(table, ()):
            opened = self._opened(path)
            there = set() if opened is None else set(opened.schema_arrow.names)
            wanted = [name for name in target.names if name in there]
            try:
                for batch in opened.iter_batches(rows, columns=wanted, use_threads=False) if opened else ():
                    yield pa.Table.from_arrays([_column(pa.table(batch), field) for field in target], schema=target)
            except (pa.ArrowException, OSError) as error:
                self._unreadable(path, error)
        for piece in self._recovered(table):
            fitted = self._fitted(piece, target)
            if fitted is not None:
                yield fitted

    def _facts(self) -> dict[str, object]:
        try:
            return _typed(run_json.read_facts(self.path))
        except FileNotFoundError:
            problem = "is missing"
        except (OSError, ValueError) as error:
            problem = f"cannot be read ({error})"
        path = os.path.join(self.path, layout.FACTS)
        self._warn(path, f"{path} {problem}: the labels are taken from the rows; the other facts are not known")
        return {"run": os.path.basename(self.path), **self._labels()}

    def _labels(self) -> dict[str, object]:
        for table in schema.TABLES:
            first = self.read(table, _LABELS).slice(0, 1).to_pylist() if self.has(table) else []
            if first:
                return dict(first[0])
        return {}

    def _journals(self) -> Iterator[tuple[str, RecoveredRows]]:
        for path in self._listed(layout.JOURNAL, layout.JOURNAL_SUFFIX):
            try:
                yield os.path.basename(path).removesuffix(layout.JOURNAL_SUFFIX), journal.read(path)
            except FileNotFoundError:
                continue  # sealed since it was listed
            except OSError as error:
                self._warn(path, f"{path} cannot be read ({error.strerror}); the rows in it are missing")

    def _unsealed(self, table: str, journals: Iterable[tuple[str, RecoveredRows]]) -> list[RecoveredRows]:
        sealed = set(self.segments[table])
        return [
            recovered
            for stem, recovered in journals
            if table in recovered.rows and layout.segment_path(self.path, table, stem) not in sealed
        ]

    def _recovered(self, table: str) -> list[pa.Table]:
        if not self.unsealed.get(table):
            return []
        from perfmon.store import parquet  # noqa: PLC0415 - only runs that are not sealed need it

        return [pa.table(parquet.to_arrow(table, r.rows[table], r.labels, {})) for r in self.unsealed[table]]

    def _listed(self, folder: str, suffix: str) -> list[str]:
        path = os.path.join(self.path, folder)
        if not layout.is_folder(path):
            if os.path.islink(path):
                self._warn(path, f"{path} is a link: it is not followed, for it may lead out of the run folder")
            return []
        entries = sorted((entry for entry in os.scandir(path) if entry.name.endswith(suffix)), key=lambda e: e.name)
        for entry in entries:
            if not entry.is_file(follow_symlinks=False):
                self._warn(entry.path, f"{entry.path} is no plain file, and is not read")
        return [entry.path for entry in entries if entry.is_file(follow_symlinks=False)]

    def _opened(self, path: str) -> pq.ParquetFile | None:
        try:
            opened = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            self._unreadable(path, error)
            return None
        if opened.metadata.num_rows <= layout.ROWS_MAX:
            return opened
        self._unreadable(path, ValueError(f"it says that it has {opened.metadata.num_rows} rows"))
        return None

    def _fitted(self, piece: pq.ParquetFile | pa.Table, target: pa.Schema) -> pa.Table | None:
        try:
            if isinstance(piece, pq.ParquetFile):
                there = set(piece.schema_arrow.names)
                piece = piece.read(columns=[name for name in target.names if name in there], use_threads=False)
            return pa.Table.from_arrays([_column(piece, field) for field in target], schema=target)
        except (pa.ArrowException, OSError) as error:
            self._unreadable(f"a file in {self.path}", error)
            return None

    def _unreadable(self, path: str, error: Exception) -> None:
        reason = str(error).splitlines()[0].rstrip(".")
        self._warn(path, f"{path} cannot be read as Parquet ({reason}): restore it or move it away; the rest counts")

    def _warn(self, path: str, message: str) -> None:
        if path not in self._problems:
            self._problems.add(path)
            warnings.warn(message, Unreadable, stacklevel=2)


def _typed(known: dict[str, object]) -> dict[str, object]:
    """Facts of the types that they have; of another type, in a run.json that somebody made, they are not known."""
    return known | {
        name: empty
        for names, types, empty in _TYPES
        for name in names
        if name in known and not (isinstance(known[name], types) or known[name] is None)
    }


def _empty(schema_: pa.Schema) -> pa.Table:
    # Not Schema.empty_table(), which imports pandas: a third of a second that most figures can do without.
    return pa.Table.from_arrays([pa.chunked_array([], field.type) for field in schema_], schema=schema_)


def _schema(piece: pq.ParquetFile | pa.Table) -> pa.Schema:
    return piece.schema_arrow if isinstance(piece, pq.ParquetFile) else piece.schema


def _column(piece: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    if field.name not in piece.schema.names:
        return pa.chunked_array([pa.nulls(len(piece), field.type)])
    column = piece[field.name]
    if field.type == _TEXT and not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    return column if column.type == field.type else column.cast(field.type)
