"""Units of the axes, labels in the legend, and which traces are drawn dotted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import units
from perfmon_analyze.series.trace import STAND_IN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.series.trace import Trace


def time_unit(traces: Sequence[Trace]) -> tuple[float, str]:
    """The unit of time that fits the longest of these traces: its length in seconds, and its name."""
    return units.time_unit(max((float(trace.t[-1]) for trace in traces if len(trace.t)), default=0.0))


def size_unit(traces: Sequence[Trace]) -> tuple[float, str]:
    """The unit of size that fits the largest value of these traces: its size in bytes, and its name."""
    return units.size_unit(max((float(np.nanmax(np.abs(trace.values))) for trace in traces), default=0.0))


def is_dotted(trace: Trace, others: Sequence[Trace]) -> bool:
    """Whether a trace is drawn dotted: a stand-in always, other made-up data if measured ones are in the same figure.

    `others` are all traces of the figure.
    """
    return trace.provenance == STAND_IN or (bool(trace.provenance) and not all(other.provenance for other in others))


def group_labels(traces: Sequence[Trace], styles: Styles) -> list[str]:
    """The legend's label of each trace: model, GPU, origin if not measured, and the number of runs if several.

    Traces with the same label are one entry of the legend.
    """
    keys = [(trace.recording.model, trace.provenance, trace.gpu) for trace in traces]
    runs = Counter(dict.fromkeys((key, trace.recording) for key, trace in zip(keys, traces, strict=True)))
    count = Counter(key for key, _ in runs)
    return [
        _label(trace, styles[trace.recording.model].label, count[key]) for key, trace in zip(keys, traces, strict=True)
    ]


def _label(trace: Trace, model: str, runs: int) -> str:
    gpu = f", {trace.gpu}" if trace.gpu else ""
    details = [trace.provenance] * bool(trace.provenance) + [f"{runs} runs"] * (runs > 1)
    return f"{model}{gpu}" + (f" ({', '.join(details)})" if details else "")
