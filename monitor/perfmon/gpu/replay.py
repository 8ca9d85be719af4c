"""A recorded GPU trace or a scenario, played back in place of a GPU: for those who want to see their plots."""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Protocol

from perfmon.collector import Absent, Reading, Tick
from perfmon.gpu import scenario
from perfmon.store import schema
from perfmon.store.reasons import NOT_FOUND
from perfmon.store.run_json import REPLAY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfmon.store.journal import Row

_LONGEST = 1 << 20  # bytes of a scenario
_COUNTERS = frozenset(column.name for column in schema.TABLES["gpu"] if column.kind == schema.COUNTER)


class ReplayedGpu:
    """One GPU's rows. After its end it begins anew, and its counters go on rising."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows
        self._t: list[float] = rows.column("t").to_pylist()
        self._first, self._last = self._row(0), self._row(len(self._t) - 1)
        self._length = self._t[-1] - self._t[0]

    def _row(self, number: int) -> Row:
        row: Row = self._rows.slice(number, 1).to_pylist()[0]
        del row["t"]
        return row

    def at(self, seconds: float) -> Row:
        """The row that holds so long after the trace's first."""
        laps, into = divmod(seconds, self._length) if self._length > 0 else (0.0, 0.0)
        row = self._row(bisect_right(self._t, self._t[0] + into) - 1)
        return row | {name: self._counted(name, row, int(laps)) for name in _COUNTERS & row.keys()}

    def _counted(self, name: str, row: Row, laps: int) -> int | float | None:
        value, first, last = row[name], self._first[name], self._last[name]
        if isinstance(value, (int, float)) and isinstance(first, (int, float)) and isinstance(last, (int, float)):
            return value + laps * (last - first)
        return None


class Played(Protocol):
    """One GPU that is played back."""

    def at(self, seconds: float) -> Row:
        """Its row so long after the run's start."""


class Replay:
    """The trace's or scenario's GPUs, as if they were here; run.json and the Parquet files say that they are not."""

    def __init__(self, path: str, begin_time: float, wall: Callable[[], float] = time.time) -> None:
        self._path = path
        self._begin_time = begin_time
        self._wall = wall
        self._traces: Sequence[Played] = []

    def open(self) -> dict[str, object]:
        """Read the trace or scenario.

        Raises:
            Absent: it cannot be read, or is neither.
        """
        try:
            self._traces = _read(self._path)
        except (OSError, ValueError) as error:
            raise Absent(NOT_FOUND, f"{REPLAY}={self._path}: {error}") from None
        return {"gpus_replayed_from": os.path.abspath(self._path)}

    def collect(self, tick: Tick) -> Reading:
        """The rows that hold at this moment of the run."""
        del tick
        seconds = max(0.0, self._wall() - self._begin_time)
        return Reading([("gpu", trace.at(seconds)) for trace in self._traces])


def _read(path: str) -> Sequence[Played]:
    """The GPUs of a trace or, if it is a text, of a scenario.

    Raises:
        OSError: there is nothing to read.
        ValueError: it is neither.
    """
    if os.path.isdir(path):
        return _traces(path)
    with open(path, "rb") as file:
        text = file.read(_LONGEST)
    return _traces(path) if not text or b"\0" in text or text.startswith(b"PAR1") else scenario.read(text.decode())


def _traces(path: str) -> list[ReplayedGpu]:
    """The traces of all GPUs in a Parquet file, a folder of such, or a run folder.

    Raises:
        OSError: there is nothing to read.
        ValueError: it is not Parquet (pyarrow's errors are of this kind), or has no column `t` or no rows.
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - a second to load, in a process that replays and does nothing else
    import pyarrow.parquet as pq  # noqa: PLC0415

    inner = os.path.join(path, "gpu")
    table = pq.read_table(inner if os.path.isdir(inner) else path)
    names = [column.name for column in schema.TABLES["gpu"] if column.name in table.column_names]
    if "t" not in table.column_names or not names or not table.num_rows:
        raise ValueError("no trace of a GPU: it must have rows, a column t, and columns of table gpu")
    table = table.select(["t", *names]).filter(pc.is_valid(table.column("t"))).sort_by("t")
    if "uuid" not in names:
        return [ReplayedGpu(table)]
    uuids = table.column("uuid").cast("string")
    return [ReplayedGpu(table.filter(pc.equal(uuids, uuid))) for uuid in pc.unique(uuids.drop_null())]
