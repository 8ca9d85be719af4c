"""One run folder as it is read: its facts, its sealed segments, and the rows that were not sealed yet."""

from __future__ import annotations

import math
import os
import warnings
from typing import TYPE_CHECKING

import pyarrow as pa

from perfmon.store import fact_types, journal, layout, run_json, schema
from perfmon_analyze.loading import column_statistics, column_types
from perfmon_analyze.loading.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from perfmon.store.journal import RecoveredRows
    from perfmon_analyze.loading.column_statistics import ColumnStatistics

_LABELS = ("stage", "model", "variant", "series", "host", "rank")


class Unreadable(UserWarning):
    """A file of a run could not be read; the others still count."""


class RunReader:
    """Reads one run folder as it was when opened: its facts, its segments and its unsealed rows."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._problems: set[str] = set()
        self._known_statistics: dict[str, tuple[int, dict[str, ColumnStatistics]]] = {}
        self.journals = dict(self._journals())  # before the segments: what is sealed meanwhile shows up among those
        self.segments = {table: self._listed(table, ".parquet") for table in schema.TABLES}
        self.unsealed = {table: self._unsealed(table, self.journals.items()) for table in schema.TABLES}
        self.facts = self._facts()

    def has(self, table: str) -> bool:
        """Whether the folder has a file or an unsealed row of this table."""
        return bool(self.segments.get(table) or self.unsealed.get(table))

    def is_all_null(self, table: str, column: str) -> bool:
        """Whether the column is null in every row, by statistics; False if only reading the column would show it."""
        _, columns = self._statistics(table)
        return not self.unsealed[table] and (column not in columns or not columns[column].not_null_at_most)

    def constant_value(self, table: str, column: str, *, if_known: bool = False) -> float | str | None:
        """Return the value that the column has in every row, from the footers of the files.

        None if rows differ, if one is null (`if_known` ignores nulls), or if only reading the column would show it.
        """
        rows, columns = self._statistics(table)
        known = columns.get(column)
        if self.unsealed[table] or known is None or len(known.ends) != 1:
            return None
        if known.not_null_at_most < rows and not if_known:
            return None
        (value,) = known.ends
        return value.decode(errors="replace") if isinstance(value, bytes) else value

    def constant_number(self, table: str, column: str) -> float | None:
        """`constant_value` of a column of numbers; NaN if every row is null."""
        if self.is_all_null(table, column):
            return math.nan
        value = self.constant_value(table, column)
        return None if value is None else float(value)

    def _statistics(self, table: str) -> tuple[int, dict[str, ColumnStatistics]]:
        if table not in self._known_statistics:
            self._known_statistics[table] = column_statistics.column_statistics(self._open_segments(table))
        return self._known_statistics[table]

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return rows of one table in the order written; a column that a file lacks is null there.

        Without `columns`, all columns of the format and of the files.
        """
        segments = self._open_segments(table)
        kinds = self._kinds(table, segments)
        names = list(kinds) if columns is None else list(columns)
        target = pa.schema([(name, kinds.get(name, pa.float64())) for name in names])
        tables = [self._fit(one.path, piece, target) for one in segments for piece in self._whole(one, target)]
        tables += [self._fit(self.path, piece, target) for piece in self._unsealed_rows(table)]
        return pa.concat_tables([_empty(target), *tables]).unify_dictionaries()

    def kinds(self, table: str) -> dict[str, pa.DataType]:
        """Return the types of one table's columns by name: those of the format, and others in its files."""
        return self._kinds(table, self._open_segments(table))

    def stream(self, table: str, target: pa.Schema, rows: int) -> Iterator[pa.Table]:
        """Yield the rows of `read`, at most `rows` at a time, so that memory is bounded for a run of any length."""
        for one in self._open_segments(table):
            try:
                for batch in one.batches(target.names, rows):
                    yield self._fit(one.path, batch, target)
            except (pa.ArrowException, OSError) as error:
                self._unreadable(one.path, error)
        for piece in self._unsealed_rows(table):
            yield self._fit(self.path, piece, target)

    def _facts(self) -> dict[str, object]:
        path = os.path.join(self.path, layout.FACTS)
        try:
            facts, wrong = fact_types.checked(run_json.read_facts(self.path))
        except FileNotFoundError:
            problem = "is missing"
        except (OSError, ValueError) as error:
            problem = f"cannot be read ({error})"
        else:
            if wrong:
                self._warn(path, fact_types.wrong_types_message(path, wrong))
            return facts
        self._warn(path, f"{path} {problem}: the labels are taken from the rows; the other facts are not known")
        return fact_types.checked({"run": os.path.basename(self.path), **self._labels()})[0]

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

    def _unsealed_rows(self, table: str) -> list[pa.Table]:
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

    def _open_segments(self, table: str) -> list[Segment]:
        """Open the readable segments of a table."""
        opened = []
        for path in self.segments.get(table, ()):
            try:
                segment = Segment(path, table)
            except (pa.ArrowException, OSError) as error:
                self._unreadable(path, error)
            else:
                self._warn_of_columns(path, segment.wrong)
                opened.append(segment)
        return opened

    def _kinds(self, table: str, segments: Iterable[Segment]) -> dict[str, pa.DataType]:
        more = {field.name: column_types.in_memory(field.type) for one in segments for field in one.fields}
        known = column_types.of_table(table)
        return known | {name: kind for name, kind in more.items() if name not in known}

    def _whole(self, segment: Segment, target: pa.Schema) -> Iterator[pa.Table]:
        """Yield all rows of a segment, or nothing if it cannot be read."""
        try:
            yield segment.read(target.names)
        except (pa.ArrowException, OSError) as error:
            self._unreadable(segment.path, error)

    def _fit(self, path: str, piece: pa.Table, target: pa.Schema) -> pa.Table:
        """Convert rows to the target's columns; values that do not fit are reported, and null."""
        rows, wrong = column_types.fit_columns(piece, target)
        self._warn_of_columns(path, wrong)
        return rows

    def _warn_of_columns(self, path: str, wrong: Mapping[str, str]) -> None:
        if wrong:
            self._warn(f"{path} {' '.join(wrong)}", column_types.wrong_columns_message(path, wrong))

    def _unreadable(self, path: str, error: Exception) -> None:
        reason = column_types.first_line(error)
        self._warn(path, f"{path} cannot be read as Parquet ({reason}): restore it or move it away; the rest counts")

    def _warn(self, path: str, message: str) -> None:
        if path not in self._problems:
            self._problems.add(path)
            warnings.warn(message, Unreadable, stacklevel=2)


def _empty(schema_: pa.Schema) -> pa.Table:
    # Not Schema.empty_table(), which imports pandas: a third of a second that most figures can do without.
    return pa.Table.from_arrays([pa.chunked_array([], field.type) for field in schema_], schema=schema_)
