"""The spans of a phase, and traces cut to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.loading.arrow import numbers, strings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.trace import Trace

Span = tuple[float, float]


def spans(runs: Runs, recording: Recording, name: str) -> list[Span]:
    """The spans of all phases of this name, in seconds since the recording's beginning; infinite without an end.

    A phase is written at its beginning and again at its end; the row that knows the end counts.
    """
    rows = runs.read(recording, "phase", ("kind", "name", "begin_t", "end_t", "pid"))
    ends: dict[tuple[float, float], float] = {}
    for kind, phase_name, begin, end, pid in zip(
        strings(rows, "kind"),
        strings(rows, "name"),
        numbers(rows, "begin_t"),
        numbers(rows, "end_t"),
        numbers(rows, "pid"),
        strict=True,
    ):
        if kind == "phase" and phase_name == name:
            known = ends.get((begin, pid), np.inf)
            ends[begin, pid] = known if np.isnan(end) else end
    return sorted((begin - recording.begin, end - recording.begin) for (begin, _), end in ends.items())


def cut(traces: Sequence[Trace], during: Sequence[Span]) -> list[Trace]:
    """The traces with NaN outside these spans; a trace without values inside is left out.

    A value belongs to the interval before its sample: one at the very beginning of a span is outside.
    """
    found = []
    for trace in traces:
        inside = np.zeros(len(trace.t), dtype=bool)
        for begin, end in during:
            inside |= (trace.t > begin) & (trace.t <= end)
        values = np.where(inside, trace.values, np.nan)
        if np.isfinite(values).any():
            found.append(replace(trace, values=values))
    return found
