"""Loads run folders into labelled tables."""

from __future__ import annotations

import os
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from perfmon.store import schema
from perfmon_analyze.loading import discover, recordings, run_folder
from perfmon_analyze.loading.arrow import filter_rows, numbers
from perfmon_analyze.loading.column_cache import ColumnCache

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.run_folder import RunReader

Value = TypeVar("Value")

_STAGE_TABLES = {"metric", "batch", "phase"}  # tables written by the stage itself, not by the sampler


class Runs:
    """Some recorded runs, and the stages attached to them.

    `recordings` holds one entry for each; `facts` is the same as a DataFrame.
    """

    def __init__(self, opened: Sequence[RunReader]) -> None:
        self.recordings: tuple[Recording, ...] = tuple(r for folder in opened for r in recordings.of(folder))
        self._columns = ColumnCache()
        self._owners: dict[tuple[str, str], NDArray[np.int64]] = {}
        self._cache: dict[Hashable, _Once] = {}

    @cached_property
    def facts(self) -> pd.DataFrame:
        """The facts of `run.json` as a DataFrame, one row per recording; column `recording` has its name."""
        import pandas as pd  # noqa: PLC0415 - figures do without, and are drawn sooner

        rows = [{"recording": r.name, **r.facts, "begin_t": r.begin, "attached": r.attached} for r in self.recordings]
        return pd.DataFrame(rows)

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """One table of all runs as a DataFrame in the units of the files, a row per reading.

        Rows inside an attached stage carry its labels. Three columns are added: `recording` (as in `facts`),
        `origin`, and `elapsed_seconds` since the beginning of the recording. Null is NaN or None.

        Args:
            name: the table, such as `job` or `gpu`.
            columns: the columns to read; all if left out.

        Raises:
            ValueError: there is no table of this name.
        """
        import pandas as pd  # noqa: PLC0415 - figures do without, and are drawn sooner

        if name not in schema.TABLES:
            raise ValueError(f"the table must be one of {', '.join(schema.TABLES)}; not {name!r}")
        frames = [self._frame(recording, name, columns) for recording in self.recordings]
        filled = [frame for frame in frames if len(frame)] or frames[:1]
        return pd.concat(filled, ignore_index=True)

    def read(self, recording: Recording, table: str, columns: Sequence[str]) -> pa.Table:
        """One table of one recording as an Arrow table, labels as they were written."""
        return self._rows_of(recording, table, tuple(columns))

    def is_alone(self, recording: Recording) -> bool:
        """Whether the recording is the only one of its run folder: no stage is attached."""
        return sum(other.folder is recording.folder for other in self.recordings) == 1

    def cached(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of this key, computed by the first call; concurrent calls wait for it."""
        value: Value = self._cache.setdefault(key, _Once()).get(make)
        return value

    def _rows_of(self, recording: Recording, table: str, columns: tuple[str, ...] | None) -> pa.Table:
        rows = self._rows(recording.folder, table, columns)
        owners = self._owner(recording.folder, table)
        if owners is None:
            return rows
        siblings = [r for r in self.recordings if r.folder is recording.folder]
        return filter_rows(rows, owners == siblings.index(recording))

    def _rows(self, folder: RunReader, table: str, columns: tuple[str, ...] | None) -> pa.Table:
        return folder.read(table) if columns is None else self._columns.read(folder, table, columns)

    def _owner(self, folder: RunReader, table: str) -> NDArray[np.int64] | None:
        """Return for each row the position of its recording within the run, or None if the run is the only one."""
        run, *attached = [r for r in self.recordings if r.folder is folder]
        key = (folder.path, table)
        if not attached or key in self._owners:
            return self._owners.get(key)
        rows = self._rows(folder, table, ("t", *recordings.LABELS))
        owners = row_owners(rows, table, run, attached)
        self._owners[key] = owners
        return owners

    def _frame(self, recording: Recording, name: str, columns: Sequence[str] | None) -> pd.DataFrame:
        wanted = None if columns is None else list(dict.fromkeys([*columns, "t"]))
        rows = self._rows_of(recording, name, None if wanted is None else tuple(wanted))
        frame: pd.DataFrame = rows.to_pandas()
        for label, value in recording.other_labels().items():
            if label in frame:
                written = frame[label].astype(object)
                frame[label] = written.where(written.notna(), value) if label == "series" else value
        elapsed = frame["t"] - recording.begin
        if columns is not None and "t" not in columns:
            frame = frame.drop(columns="t")
        return frame.assign(recording=recording.name, origin=recording.origin, elapsed_seconds=elapsed)


class _Once:
    """A value that is computed once, by the first thread that calls `get`; others wait for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._value: list[Any] = []

    def get(self, make: Callable[[], Any]) -> Any:
        with self._lock:
            if not self._value:
                self._value.append(make())
            return self._value[0]


def row_owners(rows: pa.Table, table: str, run: Recording, attached: Sequence[Recording]) -> NDArray[np.int64]:
    """The owner of each row as a place: 0 is the run itself, 1 the first attached stage, and so on.

    `rows` need the column `t` and the labels. A row belongs to the attached stage that began last among those that it
    lies in. Rows that a stage wrote itself carry its labels, which tell stages apart that ran at the same time.
    """
    t = numbers(rows, "t")
    owners = np.zeros(len(t), dtype=np.int64)
    for position, span in enumerate(attached, start=1):
        inside = (t >= span.begin) & (t <= span.end)
        if table in _STAGE_TABLES:
            inside &= _has_labels_of(rows, run, span)
        owners[inside] = position
    return owners


def load(*paths: str | os.PathLike[str]) -> Runs:
    """Open run folders and folders of runs, as `perfmon_analyze.load` does, but without a picture for notebooks.

    Raises:
        NoRuns: a folder is missing, or there is no run in any of them.
        OSError: a folder cannot be listed.
    """
    return Runs(open_folders(paths))


def open_folders(paths: Iterable[str | os.PathLike[str]]) -> list[RunReader]:
    """Open the run folders among these folders and below them, in the order of their names.

    Raises:
        NoRuns: a folder is missing, or there is no run in any of them.
        OSError: a folder cannot be listed.
    """
    return [run_folder.RunReader(path) for path in discover.find([os.fspath(path) for path in paths])]


def _has_labels_of(rows: pa.Table, run: Recording, stage: Recording) -> NDArray[np.bool_]:
    same = np.ones(len(rows), dtype=bool)
    for label in ("stage", "model", "variant"):
        allowed = {run.facts.get(label), stage.facts.get(label), None}
        same &= np.array([value in allowed for value in rows[label].to_pylist()], dtype=bool)
    return same
