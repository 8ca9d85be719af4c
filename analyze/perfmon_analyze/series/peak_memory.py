"""The exact peak of RAM of a run or of an attached stage, from the kernel's high-water marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.derive import arrays
from perfmon_analyze.loading.arrow import numbers
from perfmon_analyze.series.trace import sorted_rows

if TYPE_CHECKING:
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs


class Bounds(NamedTuple):
    """Bounds of the peak of the job's process tree in bytes; the same if the peak is known exactly."""

    at_least: float
    at_most: float


def peak_bounds(runs: Runs, recording: Recording) -> Bounds | None:
    """The bounds of a recording's peak; None if the high-water marks do not tell it, and only samples are known."""
    if recording.attached:
        return _of_stage(runs, recording)
    if not runs.is_alone(recording):
        return None  # the run's peak may be that of a stage that was attached to it
    peak = recording.facts.get("peak") or {}
    least, most = peak.get("tree_at_least_bytes"), peak.get("tree_at_most_bytes")
    return Bounds(float(least), float(most)) if least is not None and most is not None else None


def _of_stage(runs: Runs, recording: Recording) -> Bounds | None:
    """The bounds of a stage; None unless a mark rose in it, since marks are never reset."""
    columns = ("process_hwm_bytes", "pss_bytes", "hwm_bytes", "processes")
    rows = sorted_rows(runs, recording, "job", columns)
    marks, pss, sums, processes = (arrays.finite(numbers(rows, name)) for name in columns)
    before = _mark_before(recording)
    if not len(marks) or before is None or marks[-1] <= before:
        return None
    least = max(float(marks[-1]), *map(float, pss))
    alone = len(processes) and processes.max() <= 1
    return Bounds(least, least if alone else max(least, *map(float, sums)))


def _mark_before(recording: Recording) -> float | None:
    """The mark of the largest process at the last tick before the stage; None where there is none."""
    rows = recording.folder.read("job", ("t", "process_hwm_bytes"))
    t, marks = numbers(rows, "t"), numbers(rows, "process_hwm_bytes")
    known = marks[(t < recording.begin) & np.isfinite(marks)]
    return float(known.max()) if len(known) else None
