"""The statistics of runs: `summary.json`. Stand-ins are drawn only, and never counted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from perfmon.store.layout import __version__
from perfmon.store.printable import escaped
from perfmon_analyze.derive import arrays, rates
from perfmon_analyze.exports import summary_accounting
from perfmon_analyze.loading.arrow import strings
from perfmon_analyze.plots import style
from perfmon_analyze.plots.pooling import concatenate
from perfmon_analyze.series import cpu, curves, disk, gpu, memory, phases, select, trace

if TYPE_CHECKING:
    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.curves import Curve
    from perfmon_analyze.series.options import Options

Json = dict[str, Any]

UNITS = {
    "percent": "share of what is there, 0 to 100",
    "B": "bytes",
    "s": "seconds",
    "1/s": "per second",
    "1": "a number",
}


def summarize(runs: Runs, options: Options) -> Json:
    """The content of `summary.json`; a statistic is null if nothing was measured, and has its number of samples.

    Means are over samples; those of duration and disk are over runs. Runs of unlike origin are never counted together.
    """
    options = replace(options, synthetic=False, per_gpu=False)
    return {
        "perfmon_version": __version__,
        "scope": options.scope,
        "phase": options.phase,
        "units": UNITS,
        "stages": [_stage(runs, chosen, options) for chosen in _together(runs, options)],
        "training": [one for recording in _of(runs, "training") for one in _training(runs, recording, options.phase)],
        "inference": [_job(c) for r in _of(runs, "inference") for c in curves.batches(runs, r, options.phase)],
        "hardware": _hardware(runs.recordings),
    }


def as_json(summary: Json) -> str:
    """The summary as text that ends with a newline; numbers that JSON does not have are null."""
    return escaped(json.dumps(_plain(summary), indent=1, ensure_ascii=False, allow_nan=False)) + "\n"


def _together(runs: Runs, options: Options) -> list[list[Recording]]:
    """Recordings of one stage, model, variant and origin, in the order of the figures."""
    models = list(style.model_styles(runs, options))
    stages = list(dict.fromkeys([*select.STAGES, *(r.stage for r in runs.recordings)]))
    groups: dict[tuple[object, ...], list[Recording]] = {}
    for r in runs.recordings:
        groups.setdefault((stages.index(r.stage), models.index(r.model), r.variant or "", r.origin), []).append(r)
    return [groups[key] for key in sorted(groups)]


def _of(runs: Runs, stage: str) -> list[Recording]:
    """The recordings of this stage; all of them where there is no such stage."""
    return [recording for recording in runs.recordings if recording.stage == stage] or list(runs.recordings)


def _labels(recording: Recording) -> Json:
    return {
        "stage": recording.stage,
        "model": recording.model,
        "variant": recording.variant,
        "origin": recording.origin,
    }


def _stage(runs: Runs, chosen: Sequence[Recording], options: Options) -> Json:
    def values(measure: trace.Measure) -> list[Array]:
        return [trace.values for r in chosen for trace in select.measured(runs, r, measure, options)]

    column = memory.ram_column(runs, chosen, options.scope)
    # growth is counted from the run's start, and says nothing of a phase by itself
    growth = [] if options.phase else values(disk.disk_growth_bytes)
    return {
        **_labels(chosen[0]),
        "runs": [recording.name for recording in chosen],
        "states": [recording.facts.get("state") for recording in chosen],
        "gpu_utilization": _figures(values(gpu.gpu_percent), "percent"),
        "vram": _figures(values(gpu.vram_bytes), "B") | {"note": _note(runs, chosen, options)},
        "cpu_utilization": _figures(values(cpu.cpu_percent), "percent"),
        "ram": _figures(values(memory.ram_bytes(column)), "B") | {"measure": column.removesuffix("_bytes")},
        "duration": _figures([_durations(runs, chosen, options.phase)], "s"),
        "disk_growth": _figures([arrays.finite(own)[-1:] for own in growth], "B"),
        **summary_accounting.of_stage(runs, chosen, options, _figures),
    }


def _figures(values: Sequence[Array], unit: str) -> Json:
    known = concatenate([arrays.finite(item) for item in values])
    mean, peak = (float(known.mean()), float(known.max())) if len(known) else (None, None)
    return {"mean": mean, "peak": peak, "unit": unit, "samples": len(known)}


def _note(runs: Runs, chosen: Sequence[Recording], options: Options) -> str | None:
    notes = {t.note for r in chosen for t in select.measured(runs, r, gpu.vram_bytes, options) if t.note}
    return "; ".join(sorted(notes)) or None


def _durations(runs: Runs, chosen: Sequence[Recording], phase: str | None) -> Array:
    return np.array([_duration(runs, recording, phase) for recording in chosen], dtype=np.float64)


def _duration(runs: Runs, recording: Recording, phase: str | None) -> float:
    whole = float(recording.facts.get("duration_seconds") or trace.duration(runs, recording))
    if phase is None:
        return whole
    return sum(min(end, whole) - begin for begin, end in phases.spans(runs, recording, phase))


def _training(runs: Runs, recording: Recording, phase: str | None) -> list[Json]:
    """One entry for each series of a recording that logged metrics: the last value of each of them."""
    names = dict.fromkeys(strings(runs.read(recording, "metric", ("name",)), "name"))
    series: dict[str | None, list[tuple[str, Curve]]] = {}
    for name in names:
        for curve in curves.metric(runs, recording, name, phase):
            series.setdefault(curve.series, []).append((name, curve))
    return [
        {
            **_run_labels(recording, key),
            "config": recording.facts.get("config") or {},
            "final": {name: _final(curve) for name, curve in found},
        }
        for key, found in series.items()
    ]


def _run_labels(recording: Recording, series: str | None) -> Json:
    return {"run": recording.name, **_labels(recording), "series": series}


def _final(curve: Curve) -> Json:
    at = "epoch" if curve.x_name == "Epoch" else "step"
    return {"value": float(curve.values[-1]), at: float(curve.x[-1]), "samples": len(curve.x)}


def _job(curve: Curve) -> Json:
    """One inference job; throughput counts the waiting for batches, too."""
    unknown = np.full(len(curve.x), np.nan)
    items, waits = (unknown if column is None else column for column in (curve.items, curve.waits))
    return {
        **_run_labels(curve.recording, curve.series),
        "batches": len(curve.x),
        "mean": {"value": float(curve.values.mean()), "unit": "s"},
        "median": {"value": float(np.median(curve.values)), "unit": "s"},
        "p95": {"value": float(np.percentile(curve.values, 95)), "unit": "s"},
        "batches_per_second": _rate(rates.throughput(np.ones(len(curve.x)), curve.values, waits)),
        "items_per_second": _rate(rates.throughput(items, curve.values, waits)),
    }


def _rate(value: float | None) -> Json:
    return {"value": value, "unit": "1/s"}


def _hardware(recordings: Sequence[Recording]) -> list[Json]:
    """Each kind of machine once, and the runs that ran on it."""
    machines: dict[str, Json] = {}
    for recording in recordings:
        if recording.attached:
            continue
        entry = {"host": recording.facts.get("host"), "hardware": recording.facts.get("hardware") or None}
        machine = machines.setdefault(json.dumps(entry, sort_keys=True), entry | {"runs": []})
        machine["runs"].append(recording.name)
    return list(machines.values())


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
