"""One measure of one recording of a folder of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import perfmon_analyze
from perfmon_analyze.series.options import Options

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon_analyze.series.trace import Measure, Trace


def measured(folder: Path, measure: Measure, *, place: int = 0, **options: Any) -> list[Trace]:
    """One measure of one recording of a folder of runs."""
    runs = perfmon_analyze.load(folder)
    return measure(runs, runs.recordings[place], Options(**options))


def values(folder: Path, measure: Measure, **options: Any) -> list[float]:
    """The values of the only trace."""
    (found,) = measured(folder, measure, **options)
    return list(found.values)


HOST = [
    {"t": float(t), "cpu_user_seconds": 3.0 * t, "cpu_system_seconds": 0.0, "cpu_idle_seconds": 1.0 * t}
    | {"cpu_iowait_seconds": 0.0, "memory_used_bytes": 100 + t}
    for t in range(3)
]
