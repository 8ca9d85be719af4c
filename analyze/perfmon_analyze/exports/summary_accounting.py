"""The summary's resource accounting of a stage: limits, disks, and the job's control group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from perfmon_analyze.derive import arrays
from perfmon_analyze.series import accounting, select

if TYPE_CHECKING:
    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Measure

Json = dict[str, Any]
Figures = Callable[[Sequence["Array"], str], Json]

_FILES = 10


def of_stage(runs: Runs, chosen: Sequence[Recording], options: Options, figures: Figures) -> Json:
    """The accounting of one stage; null if not known, with the reason in `note` for control groups.

    What is counted from a run's start to its end says nothing of a phase, and is left out there.
    """
    whole = [] if options.phase else chosen
    memory = _values(runs, chosen, accounting.unattributed_bytes, options)
    cpu = [seconds[-1:] - seconds[0] for seconds in _values(runs, chosen, accounting.unattributed_seconds, options)]
    written = [np.array([accounting.written_bytes(runs, r)]) for r in whole]
    amplification = [np.array([accounting.write_amplification(runs, r, options)]) for r in whole]
    return {
        "may_use": _different([accounting.job_limits(runs, recording)._asdict() for recording in chosen]),
        "written": figures(written, "B"),
        "write_amplification": figures(amplification, "1"),
        "disk": _disk(runs, whole),
        "files": {name: files[:_FILES] for name, files in accounting.top_files(*whole).items()},
        "unattributed_memory": figures(memory, "B") | {"note": _note(chosen, "group_memory_bytes", memory)},
        "unattributed_cpu": figures(cpu, "s") | {"note": _note(chosen, "group_cpu_seconds", cpu)},
    }


def _values(runs: Runs, chosen: Sequence[Recording], measure: Measure, options: Options) -> list[Array]:
    return [arrays.finite(trace.values) for r in chosen for trace in select.measured(runs, r, measure, options)]


def _note(chosen: Sequence[Recording], column: str, known: Sequence[Array]) -> str | None:
    """The reason why there are no values; None if there are some."""
    return None if known else "; ".join(sorted({accounting.why_unknown(recording, column) for recording in chosen}))


def _disk(runs: Runs, chosen: Sequence[Recording]) -> Json | None:
    """The disk of all runs that is full first."""
    found = [disk for recording in chosen if (disk := accounting.fullest_disk(runs, recording))]
    return min(found, key=accounting.Disk.urgency)._asdict() if found else None


def _different(values: Sequence[Json]) -> list[Json]:
    return [value for place, value in enumerate(values) if value not in values[:place]]
