"""Reads the rows of a run while they are written, each row once."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from perfmon.store import journal, layout, schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    import pyarrow as pa

    Rows = list[Mapping[str, Any]]

_INT64_END = float(1 << 63)
_AT_ONCE = 16 << 20  # bytes of a journal that are read at a time


class JournalReader:
    """Reads the tables named, and of sealed rows only the columns named.

    Each file is opened anew every time: a file that stays open shows what another machine has written to a shared
    file system only after a while (nfs(5), close-to-open cache consistency).
    """

    def __init__(self, folder: str, columns: Mapping[str, Sequence[str]]) -> None:
        self._folder = folder
        self._columns = columns
        self._kinds = {
            table: {column.name: column.type for column in schema.columns(table) if column.name in names}
            for table, names in columns.items()
        }
        self.problems: list[str] = []  # of sealed files, in the order in which they were found
        self._offsets: dict[str, int] = {}  # of journals, by stem
        self._labels: dict[str, Mapping[str, Any]] = {}  # labels of all rows, from a journal's first line
        self._rows_read: Counter[tuple[str, str]] = (
            Counter()
        )  # number of rows by stem and table: a segment holds them again
        self._sealed: set[tuple[str, str]] = set()

    def read_new(self) -> Iterator[tuple[str, Rows]]:
        """Yield new rows by table, those of one table in the order written.

        Journals are read first: rows that are sealed meanwhile are read from the segments, now or the next time.
        """
        for stem in self._listed(layout.JOURNAL, layout.JOURNAL_SUFFIX):
            yield from self._of_journal(stem)
        for table in self._columns:
            for stem in self._listed(table, ".parquet"):
                if (stem, table) not in self._sealed:
                    self._sealed.add((stem, table))
                    yield table, self._of_segment(stem, table)

    def _listed(self, folder: str, suffix: str) -> list[str]:
        """Return the stems of the files in one folder of the run, sorted."""
        path = os.path.join(self._folder, folder)
        try:
            names = os.listdir(path) if layout.is_folder(path) else []
        except OSError:  # it has just been sealed
            return []
        return sorted(name.removesuffix(suffix) for name in names if name.endswith(suffix))

    def _of_journal(self, stem: str) -> Iterator[tuple[str, Rows]]:
        if any(stem == sealed for sealed, _ in self._sealed):
            return
        while text := _whole_lines(layout.journal_path(self._folder, stem), self._offsets.get(stem, 0)):
            self._offsets[stem] = self._offsets.get(stem, 0) + len(text)
            recovered = journal.parse(text.splitlines(keepends=True))
            labels = self._labels.setdefault(stem, recovered.labels)
            for table, rows in recovered.rows.items():
                self._rows_read[stem, table] += len(rows)
                if wanted := self._kinds.get(table):
                    known = {name: labels[name] for name in wanted if name in labels}
                    yield table, [_fitting(known | row, wanted) for row in rows]

    def _of_segment(self, stem: str, table: str) -> Rows:
        """Return the rows of a segment that were not read from its journal before."""
        rows = self._read(layout.segment_path(self._folder, table, stem), table)
        rest: Rows = [] if rows is None else rows.slice(self._rows_read[stem, table]).to_pylist()
        return rest

    def _read(self, path: str, table: str) -> pa.Table | None:
        """Return the shown columns of a segment; None if it cannot be read."""
        import pyarrow as pa  # noqa: PLC0415 - a run that is not sealed is watched without

        from perfmon_analyze.loading import column_types  # noqa: PLC0415 - as above
        from perfmon_analyze.loading.segment import Segment  # noqa: PLC0415 - as above

        known = column_types.of_table(table)
        target = pa.schema([(name, known[name]) for name in self._columns[table]])
        try:
            with open(layout.open_plain(path), "rb") as file:
                segment = Segment(path, table, file)
                rows, wrong = column_types.fit_columns(segment.read(target.names), target)
        except OSError as error:
            self.problems.append(f"{path} cannot be read: {error.strerror or error}")
            return None
        except pa.ArrowException as error:
            self.problems.append(f"{path} cannot be read as Parquet ({column_types.first_line(error)})")
            return None
        wrong |= {name: why for name, why in segment.wrong.items() if name in target.names}
        if wrong:
            self.problems.append(column_types.wrong_columns_message(path, wrong))
        return rows


def _whole_lines(path: str, offset: int) -> bytes:
    """Return the complete lines from an offset on; an incomplete last line is left for the next call."""
    try:
        fd = layout.open_plain(path)
        try:
            text = os.pread(fd, _AT_ONCE, offset)
        finally:
            os.close(fd)
    except OSError:  # sealed since it was listed, no journal at all, or a file server that is away
        return b""
    end = text.rfind(b"\n") + 1
    return text if not end and len(text) > journal.LINE_BYTES else text[:end]  # a line so long is damage: pass over it


def _fitting(row: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, Any]:
    """Return these columns of a row of a journal; values that their column cannot hold are None."""
    return {name: _as(kind, row[name], is_logged=name == "value") for name, kind in wanted.items() if name in row}


def _as(kind: str, value: object, *, is_logged: bool) -> object:
    if kind == "string":
        return value.encode(errors="replace").decode() if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    is_reading = -_INT64_END <= value < _INT64_END  # no clock, counter or size of ours is beyond, or infinite
    return value if is_reading or (is_logged and isinstance(value, float)) else None
