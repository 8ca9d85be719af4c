"""The quantities of a comparison: statistics of series after the warm-up, and totals and peaks of whole runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.derive import arrays, rates
from perfmon_analyze.loading.arrow import numbers
from perfmon_analyze.series import cpu, disk, gpu, memory, select, trace
from perfmon_analyze.series.warmup import warm_up_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Measure

LESS, MORE = "less", "more"

Statistic = tuple[str, "Callable[..., float]"]  # its name, and how it is worked out from the series


class ComparedRecording(NamedTuple):
    """One recording as a quantity is taken of it; `ram` is the column that all recordings compared have."""

    runs: Runs
    recording: Recording
    options: Options
    ram: str


class SampleSeries(NamedTuple):
    """Samples of one recording after its warm-up, resampled together; `block_series` sets the length of the blocks."""

    arrays: tuple[Array, ...]
    block_series: Array


class Quantity(NamedTuple):
    """Something that two sides differ in: `better` says whether less or more of it is, or None if neither is by itself.

    Either `series` with its statistics, or `total`, one number a recording; both give None where it is not known.
    """

    title: str
    unit: str
    better: str | None
    series: Callable[[ComparedRecording], SampleSeries | None] | None = None
    statistics: Mapping[str, Callable[..., float]] = {}
    total: Callable[[ComparedRecording], float | None] | None = None


def _mean(values: Array) -> float:
    return float(values.mean())


def _median(values: Array) -> float:
    return float(np.median(values))


def _p95(values: Array) -> float:
    return float(np.percentile(values, 95))


def _rate(amounts: Array, per: Array) -> float:
    return float(amounts.sum() / per.sum())


def _measured(measure: Measure) -> Callable[[ComparedRecording], SampleSeries | None]:
    """The series of one of the figures' measures."""

    def series(of: ComparedRecording) -> SampleSeries | None:
        found = select.measured(of.runs, of.recording, measure, of.options)
        return _steady(of, found[0].t, found[0].values) if found else None

    return series


def _ram(of: ComparedRecording) -> SampleSeries | None:
    return _measured(memory.ram_bytes(of.ram))(of)


def _power(of: ComparedRecording) -> SampleSeries | None:
    found = _of_gpus(of, "power_watts")
    return _steady(of, *found) if found else None


def _of_gpus(of: ComparedRecording, column: str) -> tuple[Array, Array] | None:
    """The sum of a column over the GPUs that the job used; NaN where one of them is not known."""
    found = gpu.gpus_used(of.runs, of.recording, column)
    if not found:
        return None
    t = np.concatenate([card.t for card in found])
    which = np.concatenate([np.full(len(card.t), place) for place, card in enumerate(found)])
    times, grid = rates.pivot(t, which, np.concatenate([card.columns[column] for card in found]))
    return times, grid.sum(axis=1)


def _steady(of: ComparedRecording, t: Array, values: Array) -> SampleSeries | None:
    known = values[(t > warm_up_seconds(of.runs, of.recording)) & np.isfinite(values)]
    return SampleSeries((known,), known) if len(known) else None


def batches(of: ComparedRecording) -> tuple[Array, Array]:
    """Items of each batch after the warm-up, and the seconds it took, waiting for it included."""
    rows = trace.sorted_rows(of.runs, of.recording, "batch", ("seconds", "wait_seconds", "items"))
    t, seconds, waits, items = (numbers(rows, name) for name in rows.column_names)
    spent = seconds + np.nan_to_num(waits)
    keep = (t > warm_up_seconds(of.runs, of.recording)) & np.isfinite(spent)
    return items[keep], spent[keep]


def _batch_seconds(of: ComparedRecording) -> SampleSeries | None:
    seconds = batches(of)[1]
    return SampleSeries((seconds,), seconds) if len(seconds) else None


def _items(of: ComparedRecording) -> SampleSeries | None:
    items, seconds = batches(of)
    if not len(items) or not np.isfinite(items).all() or not seconds.sum():
        return None
    return SampleSeries((items, seconds), items - seconds * items.sum() / seconds.sum())


def duration(of: ComparedRecording) -> float | None:
    """Seconds from the recording's beginning to its end."""
    known = of.recording.facts.get("duration_seconds")
    return float(known) if known else trace.duration(of.runs, of.recording) or None


def _risen(of: ComparedRecording, table: str, *names: str) -> float | None:
    """Return the total rise of these counters of a table, or None if one of them is not known."""
    rows = trace.sorted_rows(of.runs, of.recording, table, names)
    rises = [arrays.finite(rates.increments(numbers(rows, name))) for name in names]
    return float(sum(rise.sum() for rise in rises)) if all(len(rise) for rise in rises) else None


def cpu_seconds(of: ComparedRecording) -> float | None:
    """CPU time of the job's process tree."""
    return _risen(of, "job", "cpu_user_seconds", "cpu_system_seconds")


def _written(of: ComparedRecording) -> float | None:
    return _risen(of, "job", "written_bytes")


def energy(of: ComparedRecording) -> float | None:
    """Joules that the GPUs which the job used took from its first sample to its last, whoever else used them."""
    found = gpu.gpus_used(of.runs, of.recording, "energy_joules")
    rises = [arrays.finite(rates.increments(card.columns["energy_joules"])) for card in found]
    return float(sum(rise.sum() for rise in rises)) if rises and all(len(rise) for rise in rises) else None


def _energy_per_item(of: ComparedRecording) -> SampleSeries | None:
    """Joules of each sample's time beside the items whose batches ended in it."""
    found = _of_gpus(of, "energy_joules")
    rows = trace.sorted_rows(of.runs, of.recording, "batch", ("items",))
    ends, items = numbers(rows, "t"), numbers(rows, "items")
    if not found or not np.isfinite(items).all():
        return None
    t, joules = found[0], rates.increments(found[1])
    done = np.bincount(np.searchsorted(t, ends), items, minlength=len(t) + 1)[:-1].astype(np.float64)
    keep = (t > warm_up_seconds(of.runs, of.recording)) & np.isfinite(joules)
    joules, done = joules[keep], done[keep]
    return SampleSeries((joules, done), joules - done * joules.sum() / done.sum()) if done.sum() else None


def grown(of: ComparedRecording) -> float | None:
    """Bytes by which the watched folders grew."""
    found = select.measured(of.runs, of.recording, disk.disk_growth_bytes, of.options)
    return float(arrays.finite(found[0].values)[-1]) if found else None


def _ram_peak(of: ComparedRecording) -> float | None:
    """The kernel's own mark where it is exact, else the highest sample."""
    peak = of.recording.facts.get("peak") or {}
    if of.options.scope == "job" and peak.get("tree_at_least_bytes"):
        return float(peak["tree_at_least_bytes"])
    return _highest(of, memory.ram_bytes(of.ram))


def _vram_peak(of: ComparedRecording) -> float | None:
    return _highest(of, gpu.vram_bytes)


def _highest(of: ComparedRecording, measure: Measure) -> float | None:
    found = select.measured(of.runs, of.recording, measure, of.options)
    return float(np.nanmax(found[0].values)) if found else None


_MIDDLE_AND_TAIL = {"median": _median, "P95": _p95}
_UTILIZATION = {"mean": _mean, "median": _median}

QUANTITIES = (
    Quantity("Time per batch", "s", LESS, _batch_seconds, _MIDDLE_AND_TAIL),
    Quantity("Items per second", "1/s", MORE, _items, {"": _rate}),
    Quantity("Duration", "s", LESS, total=duration),
    Quantity("GPU utilization", "%", None, _measured(gpu.gpu_percent), _UTILIZATION),
    Quantity("CPU utilization", "%", None, _measured(cpu.cpu_percent), _UTILIZATION | {"P95": _p95}),
    Quantity("CPU time", "s", LESS, total=cpu_seconds),
    Quantity("RAM", "B", LESS, _ram, _MIDDLE_AND_TAIL),
    Quantity("RAM peak", "B", LESS, total=_ram_peak),
    Quantity("VRAM", "B", LESS, _measured(gpu.vram_bytes), _MIDDLE_AND_TAIL),
    Quantity("VRAM peak", "B", LESS, total=_vram_peak),
    Quantity("GPU power", "W", LESS, _power, {"mean": _mean}),
    Quantity("GPU energy", "J", LESS, total=energy),
    Quantity("GPU energy per item", "J", LESS, _energy_per_item, {"": _rate}),
    Quantity("Written by the job", "B", LESS, total=_written),
    Quantity("Folders grew by", "B", LESS, total=grown),
)
