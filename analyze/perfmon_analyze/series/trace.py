"""What figures and summaries are made of: one measure of one recording as a trace over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perfmon.store.run_json import IMPORTED, MEASURED
from perfmon_analyze.derive import gaps
from perfmon_analyze.loading.arrow import dictionary_codes, numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options

STAND_IN = "synthetic stand-in"


@dataclass(frozen=True)
class Trace:
    """One measure of one recording: `t` in seconds since its beginning, ascending, and a value for each.

    `paced` values were read at a pace of their source's own, so that two far apart are no gap: where there is one, a
    NaN stands. `made` says how the values came about if they were not measured: an origin, or `STAND_IN`. `note` is
    what a figure of them must say. Of RAM, `ram_column` is the column that was chosen, so that captions name what is
    drawn.
    """

    recording: Recording
    t: Array
    values: Array
    made: str = ""
    gpu: str | None = None
    note: str | None = None
    paced: bool = False
    ram_column: str | None = None


Measure = Callable[["Runs", "Recording", "Options"], list[Trace]]


def made_by(recording: Recording) -> str:
    """The origin of a recording that was not measured; empty for one that was, here or by another tool."""
    return "" if recording.origin in (MEASURED, IMPORTED) else recording.origin


def entities(
    runs: Runs, recording: Recording, table: str, column: str
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Which of the things that a table has rows of each row is of, as `coded` tells it."""
    only = recording.folder.constant_value(table, column)
    rows = sorted_rows(runs, recording, table, (column,) if only is None else ())
    if only is None:
        return dictionary_codes(rows, column)
    return np.broadcast_to(np.int64(0), len(rows)), np.array([only, None], dtype=object)


def different(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The codes that occur, in ascending order, without sorting a value for each row."""
    return codes[:1] if codes.strides == (0,) else np.flatnonzero(np.bincount(codes))


def duration(runs: Runs, recording: Recording) -> float:
    """Seconds from the recording's beginning to its last sample."""
    last = [numbers(sorted_rows(runs, recording, table, ()), "t") for table in ("job", "host")]
    return max((float(t[-1]) for t in last if len(t)), default=0.0)


def sorted_rows(runs: Runs, recording: Recording, table: str, columns: tuple[str, ...]) -> pa.Table:
    """Rows in the order of time, `t` first and counted from the recording's beginning."""
    rows = runs.read(recording, table, tuple(dict.fromkeys(("t", *columns))))
    t = numbers(rows, "t")
    if not runs.cached((recording, table, len(t), "in order"), lambda: _is_in_order(t)):
        rows = rows.take(np.argsort(t, kind="stable")[: int((~np.isnan(t)).sum())])
    if not recording.begin:
        return rows
    import pyarrow as pa  # noqa: PLC0415 - only attached stages count from elsewhere

    return rows.set_column(0, "t", pa.array(numbers(rows, "t") - recording.begin))


def _is_in_order(t: Array) -> bool:
    """Whether times ascend and all are known."""
    return bool((t[1:] >= t[:-1]).all()) and not np.isnan(t[:1]).any()


def _paced(runs: Runs, recording: Recording, t: Array, values: Array) -> list[Trace]:
    """A trace of a source that rests when it is slow: samples are missing only where the job's ticks are, too."""
    ticks = numbers(sorted_rows(runs, recording, "job", ()), "t")
    t, values = gaps.insert_breaks(t, values, gaps.gap_times(ticks, recording.interval))
    return [replace(trace, paced=True) for trace in _traces(recording, t, values)]


def _traces(recording: Recording, t: Array, values: Array, made: str = "", gpu: str | None = None) -> list[Trace]:
    """One trace, or none if not one value is known."""
    return [Trace(recording, t, values, made or made_by(recording), gpu)] if np.isfinite(values).any() else []
