"""What figures and summaries are made of: one measure of one recording as a trace over time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from perfmon.store.run_json import IMPORTED, MEASURED
from perfmon_analyze.derive import rates
from perfmon_analyze.loading.runs import coded, numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from perfmon_analyze.derive.rates import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options

STAND_IN = "synthetic stand-in"


@dataclass(frozen=True)
class Trace:
    """One measure of one recording: `t` in seconds since its beginning, ascending, and a value for each.

    `paced` values were read at a pace of their source's own, so that two far apart are no gap: where there is one, a
    NaN stands. `made` says how the values came about if they were not measured: an origin, or `STAND_IN`. `note` is
    what a figure of them must say.
    """

    recording: Recording
    t: Array
    values: Array
    made: str = ""
    gpu: str | None = None
    note: str | None = None
    paced: bool = False


Measure = Callable[["Runs", "Recording", "Options"], list[Trace]]


def cpu_percent(runs: Runs, recording: Recording, options: Options) -> list[Trace]:
    """CPU utilization in percent: of the CPUs the job may use, or of the whole host."""
    return _cpu_of_job(runs, recording) if options.scope == "job" else _cpu_of_host(runs, recording)


def _cpu_of_job(runs: Runs, recording: Recording) -> list[Trace]:
    told = {name: recording.folder.only_number("job", name) for name in ("cpus_allowed", "cpus_quota")}
    names = ("cpu_user_seconds", "cpu_system_seconds", *(name for name, value in told.items() if value is None))
    rows = sorted_rows(runs, recording, "job", names)
    t, user, system = (numbers(rows, name) for name in rows.column_names[:3])
    cpus = (numbers(rows, name) if value is None else value for name, value in told.items())
    return _traces(recording, t, rates.job_cpu_percent(t, user, system, rates.usable_cpus(*cpus)))


def _cpu_of_host(runs: Runs, recording: Recording) -> list[Trace]:
    fields = tuple(f"cpu_{field}_seconds" for field in ("user", "system", "idle", "iowait", "steal"))
    rows = sorted_rows(runs, recording, "host", fields)
    t, *counters = (numbers(rows, name) for name in rows.column_names)
    return _traces(recording, t, rates.host_cpu_percent(*counters))


def ram_column(runs: Runs, chosen: Sequence[Recording], scope: str) -> str:
    """The measure of RAM that all these recordings have: PSS, else RSS; of a host, memory in use."""
    if scope == "host":
        return "memory_used_bytes"
    return "pss_bytes" if chosen and all(_has_pss(runs, recording) for recording in chosen) else "rss_bytes"


def _has_pss(runs: Runs, recording: Recording) -> bool:
    if recording.folder.never_known("job", "pss_bytes"):
        return False
    return bool(np.isfinite(numbers(sorted_rows(runs, recording, "job", ("pss_bytes",)), "pss_bytes")).any())


@cache
def ram_bytes(column: str) -> Measure:
    """The measure of RAM that stands in this column, in bytes."""

    def measure(runs: Runs, recording: Recording, options: Options) -> list[Trace]:
        if column == "pss_bytes":
            return _pss_bytes(runs, recording)
        rows = sorted_rows(runs, recording, "job" if options.scope == "job" else "host", (column,))
        return _traces(recording, numbers(rows, "t"), numbers(rows, column))

    return measure


def _pss_bytes(runs: Runs, recording: Recording) -> list[Trace]:
    """It is read when memory moves above all, so that the readings alone would say too much of these moments."""
    rows = sorted_rows(runs, recording, "job", ("pss_bytes", "rss_bytes"))
    t, values = numbers(rows, "t"), rates.held(numbers(rows, "pss_bytes"), numbers(rows, "rss_bytes"))
    known = ~np.isnan(values)
    return _paced(runs, recording, t[known], values[known])


def gpu_percent(runs: Runs, recording: Recording, options: Options) -> list[Trace]:
    """GPU utilization in percent, always the device's: the mean over the GPUs, or one trace for each."""
    return _of_gpus(runs, recording, options, "busy_ratio", scale=100.0, combine=np.mean)


def vram_bytes(runs: Runs, recording: Recording, options: Options) -> list[Trace]:
    """VRAM in bytes: the sum over the GPUs, or one trace for each; the device's where the job's is not known."""
    if options.scope == "host":
        return _of_gpus(runs, recording, options, "vram_used_bytes", scale=1.0, combine=np.sum)
    own = _of_gpus(runs, recording, options, "vram_job_bytes", scale=1.0, combine=np.sum)
    if own:
        return own
    note = "VRAM is the device's where the driver did not tell the job's own"
    device = _of_gpus(runs, recording, options, "vram_used_bytes", scale=1.0, combine=np.sum)
    return [Trace(d.recording, d.t, d.values, d.made, d.gpu, d.note if d.made == STAND_IN else note) for d in device]


def disk_growth_bytes(runs: Runs, recording: Recording, _: Options) -> list[Trace]:
    """What the watched folders grew by since the recording began, in total, in bytes."""
    rows = sorted_rows(runs, recording, "folder", ("growth_bytes",))
    codes, paths = entities(runs, recording, "folder", "path")
    t, values = numbers(rows, "t"), numbers(rows, "growth_bytes")
    watched = {paths[code] for code in different(codes)}
    outermost = np.array([not _lies_in_another(path, watched) for path in paths], dtype=bool)
    if not outermost.all():  # else nothing is copied
        t, codes, values = (column[outermost[codes]] for column in (t, codes, values))
    t, grid = rates.pivot(t, codes, values)
    growth = rates.total_growth(grid)
    known = rates.finite(growth)
    return _paced(runs, recording, t, growth - known[0] if recording.attached and len(known) else growth)


def made_by(recording: Recording) -> str:
    """The origin of a recording that was not measured; empty for one that was, here or by another tool."""
    return "" if recording.origin in (MEASURED, IMPORTED) else recording.origin


def has_gpu(recording: Recording) -> bool:
    """Whether the run that this recording belongs to has GPU readings."""
    return recording.folder.has("gpu")


def _of_gpus(
    runs: Runs, recording: Recording, options: Options, column: str, *, scale: float, combine: Callable[..., Array]
) -> list[Trace]:
    made = ""
    if has_gpu(recording):
        if recording.folder.never_known("gpu", column):
            return []
        titles = ("uuid", "parent_uuid", "index") if options.per_gpu else ()
        rows, (gpus, uuids) = sorted_rows(runs, recording, "gpu", (*titles, column)), _gpus(runs, recording)
    elif options.synthetic:
        rows, made = _stand_in(runs, recording), STAND_IN
        gpus, uuids = coded(rows, "uuid")
    else:
        return []
    t, values = numbers(rows, "t"), numbers(rows, column)
    every = different(gpus)
    wanted = _counted(runs, recording, made, of_job=options.scope == "job")
    counted = np.array([code for code in every if uuids[code] in wanted], dtype=np.int64)
    if options.per_gpu:
        each = [(_title(rows, gpu, gpus), gpus == gpu) for gpu in counted]
        return [
            tr
            for title, own in sorted(each, key=itemgetter(0))
            for tr in _traces(recording, t[own], values[own] * scale, made, title)
        ]
    if len(counted) < len(every):
        chosen = np.isin(gpus, counted)
        t, gpus, values = t[chosen], gpus[chosen], values[chosen]
    times, grid = rates.pivot(t, gpus, values)
    together = grid[:, 0] if grid.shape[1] == 1 else combine(grid, axis=1)
    return _traces(recording, times, together if scale == 1.0 else together * scale, made)


def _counted(runs: Runs, recording: Recording, made: str, *, of_job: bool) -> set[str | None]:
    """The UUIDs of the GPUs that count: without those whose MIG instances have rows, or both would.

    Of a job those in which it ever had memory; all where that is not known of any. All figures share one answer.
    """

    def find() -> set[str | None]:
        rows = _stand_in(runs, recording) if made else sorted_rows(runs, recording, "gpu", ("vram_job_bytes",))
        gpus, uuids = coded(rows, "uuid") if made else _gpus(runs, recording)
        every = {uuids[code] for code in different(gpus)} - (set() if made else _divided(runs, recording))
        if not of_job or len(every) == 1:
            return every
        return {uuids[code] for code in different(gpus[numbers(rows, "vram_job_bytes") > 0])} & every or every

    counted: set[str | None] = runs.remembered((recording, "GPUs that count", made, of_job), find)
    return counted


def _divided(runs: Runs, recording: Recording) -> set[str | None]:
    """The UUIDs of the GPUs whose MIG instances have rows."""
    if recording.folder.never_known("gpu", "parent_uuid"):
        return set()
    codes, parents = coded(sorted_rows(runs, recording, "gpu", ("parent_uuid",)), "parent_uuid")
    return {parents[code] for code in different(codes)} - {None}


def _gpus(runs: Runs, recording: Recording) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    return entities(runs, recording, "gpu", "uuid")


def entities(
    runs: Runs, recording: Recording, table: str, column: str
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Which of the things that a table has rows of each row is of, as `coded` tells it."""
    only = recording.folder.only_value(table, column)
    rows = sorted_rows(runs, recording, table, (column,) if only is None else ())
    if only is None:
        return coded(rows, column)
    return np.broadcast_to(np.int64(0), len(rows)), np.array([only, None], dtype=object)


def different(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The codes that occur, in ascending order, without sorting a value for each row."""
    return codes[:1] if codes.strides == (0,) else np.flatnonzero(np.bincount(codes))


def _title(rows: pa.Table, gpu: int, gpus: NDArray[np.int64]) -> str:
    """What one GPU's trace is called; a MIG instance has its GPU's index and so needs its UUID, too."""
    first = int(np.argmax(gpus == gpu))
    index, uuid, parent = (rows.column(name)[first].as_py() for name in ("index", "uuid", "parent_uuid"))
    return f"GPU {index} {uuid}" if parent else f"GPU {index}"


def _stand_in(runs: Runs, recording: Recording) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - only runs without a GPU need a stand-in

    from perfmon_analyze.synthetic.stand_in import gpu_rows  # noqa: PLC0415 - as above

    def make() -> pa.Table:
        interval = recording.interval or 1.0
        frame = gpu_rows(
            stage=recording.stage,
            model=recording.model,
            variant=recording.variant,
            duration_seconds=max(duration(runs, recording), interval),
            interval_seconds=interval,
        )
        table = pa.Table.from_pandas(frame, preserve_index=False)
        at = table.column_names.index("uuid")
        table = table.set_column(at, "uuid", table["uuid"].cast(pa.string()).dictionary_encode())
        return table.append_column("parent_uuid", pa.nulls(len(table), table["uuid"].type))

    table: pa.Table = runs.remembered((recording, STAND_IN), make)
    return table


def duration(runs: Runs, recording: Recording) -> float:
    """Seconds from the recording's beginning to its last sample."""
    last = [numbers(sorted_rows(runs, recording, table, ()), "t") for table in ("job", "host")]
    return max((float(t[-1]) for t in last if len(t)), default=0.0)


def sorted_rows(runs: Runs, recording: Recording, table: str, columns: tuple[str, ...]) -> pa.Table:
    """Rows in the order of time, `t` first and counted from the recording's beginning."""
    rows = runs.read(recording, table, tuple(dict.fromkeys(("t", *columns))))
    t = numbers(rows, "t")
    if not runs.remembered((recording, table, len(t), "in order"), lambda: _is_in_order(t)):
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
    t, values = rates.broken(t, values, rates.holes(ticks, recording.interval))
    return [replace(trace, paced=True) for trace in _traces(recording, t, values)]


def _traces(recording: Recording, t: Array, values: Array, made: str = "", gpu: str | None = None) -> list[Trace]:
    """One trace, or none if not one value is known."""
    return [Trace(recording, t, values, made or made_by(recording), gpu)] if np.isfinite(values).any() else []


def _lies_in_another(path: str | None, others: set[str | None]) -> bool:
    """Whether a watched folder lies in another watched one, whose size has it already."""
    return any(path and other and path != other and path.startswith(other.rstrip(os.sep) + os.sep) for other in others)
