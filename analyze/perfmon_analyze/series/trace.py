"""Traces: one measure of one recording over time, from which figures and summaries are made."""

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
    """One measure of one recording: `t` in seconds since its beginning, ascending, and a value for each time.

    `provenance` is an origin such as `synthetic`, or `STAND_IN`; empty if the values were measured. `note` is what a
    figure of them must say. `gaps_marked` says that a NaN stands in every gap; else `derive.gaps.with_gaps` finds them
    by the recording's interval. Of RAM, `ram_column` is the column that was chosen, so that captions name what is
    drawn.
    """

    recording: Recording
    t: Array
    values: Array
    provenance: str = ""
    gpu: str | None = None
    note: str | None = None
    gaps_marked: bool = False
    ram_column: str | None = None


Measure = Callable[["Runs", "Recording", "Options"], list[Trace]]


def provenance(recording: Recording) -> str:
    """`synthetic` or `replayed` for a recording that was not measured; empty if it was, by perfmon or another tool."""
    return "" if recording.origin in (MEASURED, IMPORTED) else recording.origin


def entities(
    runs: Runs, recording: Recording, table: str, column: str
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """The entity of each row of a table, such as its GPU, from a column of text: codes and names.

    They are those of `dictionary_codes`; the column is not read if it has only one value.
    """
    only = recording.folder.constant_value(table, column)
    rows = sorted_rows(runs, recording, table, (column,) if only is None else ())
    if only is None:
        return dictionary_codes(rows, column)
    return np.broadcast_to(np.int64(0), len(rows)), np.array([only, None], dtype=object)


def unique_codes(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The codes that occur, in ascending order; faster than `numpy.unique`, which sorts all of them."""
    return codes[:1] if codes.strides == (0,) else np.flatnonzero(np.bincount(codes))


def duration(runs: Runs, recording: Recording) -> float:
    """Seconds from the recording's beginning to its last sample."""
    last = [numbers(sorted_rows(runs, recording, table, ()), "t") for table in ("job", "host")]
    return max((float(t[-1]) for t in last if len(t)), default=0.0)


def sorted_rows(runs: Runs, recording: Recording, table: str, columns: tuple[str, ...]) -> pa.Table:
    """The columns of a table sorted by time; the first is `t`, in seconds since the recording's beginning."""
    rows = runs.read(recording, table, tuple(dict.fromkeys(("t", *columns))))
    t = numbers(rows, "t")
    if not runs.cached((recording, table, len(t), "in order"), lambda: _is_in_order(t)):
        rows = rows.take(np.argsort(t, kind="stable")[: int((~np.isnan(t)).sum())])
    if not recording.begin:
        return rows
    import pyarrow as pa  # noqa: PLC0415 - only attached stages count from elsewhere

    return rows.set_column(0, "t", pa.array(numbers(rows, "t") - recording.begin))


def _is_in_order(t: Array) -> bool:
    """Whether times ascend and none is NaN."""
    return bool((t[1:] >= t[:-1]).all()) and not np.isnan(t[:1]).any()


def traces_with_gaps(runs: Runs, recording: Recording, t: Array, values: Array) -> list[Trace]:
    """A trace of a source that is sampled less often than the job: its gaps are those of the job's samples.

    None if no value is known.
    """
    ticks = numbers(sorted_rows(runs, recording, "job", ()), "t")
    t, values = gaps.insert_breaks(t, values, gaps.gap_times(ticks, recording.interval))
    return [replace(trace, gaps_marked=True) for trace in known_traces(recording, t, values)]


def known_traces(
    recording: Recording, t: Array, values: Array, stand_in: str = "", gpu: str | None = None
) -> list[Trace]:
    """One trace, or none if no value is known; `stand_in` is `STAND_IN` for one."""
    return [Trace(recording, t, values, stand_in or provenance(recording), gpu)] if np.isfinite(values).any() else []
