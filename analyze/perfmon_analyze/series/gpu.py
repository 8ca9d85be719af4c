"""GPU utilization and VRAM over time, and the GPUs that a job used, one by one."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.derive import rates
from perfmon_analyze.loading.arrow import dictionary_codes, numbers
from perfmon_analyze.series.trace import STAND_IN, Trace, duration, entities, known_traces, sorted_rows, unique_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options


class GpuSeries(NamedTuple):
    """One GPU over time: `t` in seconds since the recording's beginning, and columns in the units of the run folder."""

    name: str
    uuid: str
    t: Array
    columns: Mapping[str, Array]


def gpus_used(runs: Runs, recording: Recording, *names: str) -> list[GpuSeries]:
    """The GPUs that the job used, with these columns of table `gpu`; none if no GPU was recorded.

    They are the same that figures show.
    """
    if not has_gpu(recording):
        return []
    rows = sorted_rows(runs, recording, "gpu", ("uuid", "index", *names))
    wanted = _uuids_counted(runs, recording, "", of_job=True)
    codes, uuids = dictionary_codes(rows, "uuid")
    t, index, columns = numbers(rows, "t"), numbers(rows, "index"), {name: numbers(rows, name) for name in names}
    return [
        GpuSeries(
            f"GPU {index[of_gpu][0]:.0f}",
            str(uuids[one]),
            t[of_gpu],
            {name: all_[of_gpu] for name, all_ in columns.items()},
        )
        for one in unique_codes(codes)
        if uuids[one] in wanted and (of_gpu := codes == one).any()
    ]


def gpu_percent(runs: Runs, recording: Recording, options: Options) -> list[Trace]:
    """GPU utilization in percent, always the device's: the mean over the GPUs, or one trace for each."""
    return _of_gpus(runs, recording, options, "busy_ratio", scale=100.0, combine=np.mean)


def vram_bytes(runs: Runs, recording: Recording, options: Options) -> list[Trace]:
    """VRAM in bytes: the sum over the GPUs, or one trace for each; the device's if the job's own is not known."""
    if options.scope == "host":
        return _of_gpus(runs, recording, options, "vram_used_bytes", scale=1.0, combine=np.sum)
    of_job = _of_gpus(runs, recording, options, "vram_job_bytes", scale=1.0, combine=np.sum)
    if of_job:
        return of_job
    note = "VRAM is the device's where the driver did not tell the job's own"
    device = _of_gpus(runs, recording, options, "vram_used_bytes", scale=1.0, combine=np.sum)
    return [
        Trace(d.recording, d.t, d.values, d.provenance, d.gpu, d.note if d.provenance == STAND_IN else note)
        for d in device
    ]


def has_gpu(recording: Recording) -> bool:
    """Whether the recording's run has rows in table `gpu`."""
    return recording.folder.has("gpu")


def _of_gpus(
    runs: Runs, recording: Recording, options: Options, column: str, *, scale: float, combine: Callable[..., Array]
) -> list[Trace]:
    stand_in = ""
    if has_gpu(recording):
        if recording.folder.is_all_null("gpu", column):
            return []
        titles = ("uuid", "parent_uuid", "index") if options.per_gpu else ()
        rows, (gpus, uuids) = sorted_rows(runs, recording, "gpu", (*titles, column)), _gpus(runs, recording)
    elif options.synthetic:
        rows, stand_in = _stand_in(runs, recording), STAND_IN
        gpus, uuids = dictionary_codes(rows, "uuid")
    else:
        return []
    t, values = numbers(rows, "t"), numbers(rows, column)
    every = unique_codes(gpus)
    wanted = _uuids_counted(runs, recording, stand_in, of_job=options.scope == "job")
    counted = np.array([code for code in every if uuids[code] in wanted], dtype=np.int64)
    if options.per_gpu:
        each = [(_gpu_label(rows, gpu, gpus), gpus == gpu) for gpu in counted]
        return [
            tr
            for title, of_gpu in sorted(each, key=itemgetter(0))
            for tr in known_traces(recording, t[of_gpu], values[of_gpu] * scale, stand_in, title)
        ]
    if len(counted) < len(every):
        chosen = np.isin(gpus, counted)
        t, gpus, values = t[chosen], gpus[chosen], values[chosen]
    times, grid = rates.pivot(t, gpus, values)
    together = grid[:, 0] if grid.shape[1] == 1 else combine(grid, axis=1)
    return known_traces(recording, times, together if scale == 1.0 else together * scale, stand_in)


def _uuids_counted(runs: Runs, recording: Recording, stand_in: str, *, of_job: bool) -> set[str | None]:
    """The UUIDs of the GPUs that count; a GPU whose MIG instances have rows does not, since these count.

    With `of_job` those in which the job ever had memory, or all if none is known to. All figures share the answer.
    """

    def find() -> set[str | None]:
        rows = _stand_in(runs, recording) if stand_in else sorted_rows(runs, recording, "gpu", ("vram_job_bytes",))
        gpus, uuids = dictionary_codes(rows, "uuid") if stand_in else _gpus(runs, recording)
        every = {uuids[code] for code in unique_codes(gpus)} - (set() if stand_in else _mig_parents(runs, recording))
        if not of_job or len(every) == 1:
            return every
        return {uuids[code] for code in unique_codes(gpus[numbers(rows, "vram_job_bytes") > 0])} & every or every

    counted: set[str | None] = runs.cached((recording, "GPUs that count", stand_in, of_job), find)
    return counted


def _mig_parents(runs: Runs, recording: Recording) -> set[str | None]:
    """The UUIDs of the GPUs whose MIG instances have rows."""
    if recording.folder.is_all_null("gpu", "parent_uuid"):
        return set()
    codes, parents = dictionary_codes(sorted_rows(runs, recording, "gpu", ("parent_uuid",)), "parent_uuid")
    return {parents[code] for code in unique_codes(codes)} - {None}


def _gpus(runs: Runs, recording: Recording) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    return entities(runs, recording, "gpu", "uuid")


def _gpu_label(rows: pa.Table, gpu: int, gpus: NDArray[np.int64]) -> str:
    """The label of one GPU: its index, and for a MIG instance, which shares its GPU's index, its UUID."""
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

    table: pa.Table = runs.cached((recording, STAND_IN), make)
    return table
