"""Why runs are not alike enough to be compared, and what else to know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon.store.run_json import FINISHED
from perfmon_analyze.derive import rates
from perfmon_analyze.derive.units import GIB
from perfmon_analyze.loading.arrow import numbers
from perfmon_analyze.series.trace import sorted_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfmon_analyze.compare.sides import Pair
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs

_NOT_KNOWN = "not known"


def reasons(pair: Pair) -> list[str]:
    """Return the differences between the runs of both sides: hardware, limits, interval, origin."""
    return [
        f"{what}: {' and '.join(values)}"
        for what, of in _ALIKE.items()
        if len(values := sorted({of(side.runs, r) for side in (pair.a, pair.b) for r in side.recordings})) > 1
    ]


def notes(pair: Pair) -> Iterator[str]:
    """Return caveats of the comparison: runs that did not finish, different data sets, synthetic data."""
    everything = [r for side in (pair.a, pair.b) for r in side.recordings]
    for recording in everything:
        if recording.facts.get("state") != FINISHED:
            yield f"{recording.name}: state {recording.facts.get('state')}, so that its totals are not whole"
    sets = sorted({str(r.facts.get("dataset") or _NOT_KNOWN) for r in everything})
    if len(sets) > 1:
        yield f"the data sets differ: {', '.join(sets)}"
    origins = sorted({r.origin for r in everything} - {"measured"})
    if origins:
        yield f"this is {' and '.join(origins)} data: it says nothing of real models"


def _hardware(recording: Recording, key: str) -> object:
    return (recording.facts.get("hardware") or {}).get(key)


def _cpu(_: Runs, recording: Recording) -> str:
    return f"{_hardware(recording, 'cpus') or 'unknown'} x {_hardware(recording, 'cpu_model') or _NOT_KNOWN}"


def _memory(_: Runs, recording: Recording) -> str:
    total = _hardware(recording, "memory_total_bytes")
    return f"{total / GIB:.0f} GB" if isinstance(total, int) else _NOT_KNOWN


def _gpus(_: Runs, recording: Recording) -> str:
    listed = _hardware(recording, "gpus")
    if not isinstance(listed, list) or not listed:
        return "none recorded"
    names = [str(gpu.get("name")) for gpu in listed if isinstance(gpu, dict) and gpu.get("recorded", True)]
    return ", ".join(f"{names.count(name)} x {name}" for name in sorted(set(names)))


def _cpus_allowed(runs: Runs, recording: Recording) -> str:
    """The CPUs that the job may use, by affinity and quota."""
    rows = sorted_rows(runs, recording, "job", ("cpus_allowed", "cpus_quota"))
    cpus = rates.usable_cpus(numbers(rows, "cpus_allowed"), numbers(rows, "cpus_quota"))
    known = cpus[np.isfinite(cpus)]
    return f"{np.median(known):g}" if len(known) else _NOT_KNOWN


def _interval(_: Runs, recording: Recording) -> str:
    return f"{recording.interval:g} s" if recording.interval else _NOT_KNOWN


def _origin(_: Runs, recording: Recording) -> str:
    return recording.origin


_ALIKE: dict[str, Callable[[Runs, Recording], str]] = {
    "CPU": _cpu,
    "memory": _memory,
    "GPUs": _gpus,
    "CPUs the job may use": _cpus_allowed,
    "sampling interval": _interval,
    "origin": _origin,
}
