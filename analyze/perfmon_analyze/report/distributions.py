"""Charts of distributions: box plots of memory, densities of utilization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import statistics
from perfmon_analyze.plots import captions, labels, pooling
from perfmon_analyze.plots.data import boxplots, utilization
from perfmon_analyze.report.chart import NAMES, Axis, ChartTable, LegendEntry, Mark, Panel
from perfmon_analyze.report.chart_notes import STATISTICS, ChartNotes, chart, statistics_cells
from perfmon_analyze.text.humanize import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.report.chart import Chart, ChartRequest
    from perfmon_analyze.series.trace import Trace

_PATTERNS = {"//": "/", "\\\\": "\\", "xx": "x", "--": "-", "++": "+", "||": "|"}
_EMPTY = np.empty(0)
_OUTLIERS = 200  # drawn of each box, evenly, with the outermost


def vram(request: ChartRequest) -> Chart:
    """A box of VRAM for each model."""
    return _boxes(request, "VRAM", boxplots.vram_box_data(request.runs, request.subject, options=request.options))


def ram(request: ChartRequest) -> Chart:
    """A box of RAM for each model."""
    return _boxes(request, "RAM", boxplots.ram_box_data(request.runs, request.subject, options=request.options))


def gpu(request: ChartRequest) -> Chart:
    """Density of the GPU utilization of each model."""
    return _densities(request, "GPU", utilization.gpu_data(request.runs, request.subject, options=request.options))


def cpu(request: ChartRequest) -> Chart:
    """Density of the CPU utilization of each model."""
    return _densities(request, "CPU", utilization.cpu_data(request.runs, request.subject, options=request.options))


def _boxes(request: ChartRequest, what: str, traces: Sequence[Trace]) -> Chart:
    pooled = pooling.pool(traces, request.styles)
    size, unit = labels.size_unit(traces)
    notes, marks, rows = ChartNotes(), [], []
    for place, group in enumerate(pooled):
        peak = [bound / size for bound in boxplots.exact_peak(request.runs, group, what, request.options)]
        entry = LegendEntry(label=group.label, colour=group.style.colour, dash="dot" if group.dotted else "solid")
        marks += _box(place, entry, statistics.box(group.values / size))
        marks += [_bound(place, entry, bound, len(peak)) for bound in peak]
        exact = " to ".join(format_number(bound) for bound in peak)
        rows.append(
            [group.label, *statistics_cells(group.values / size, unit), f"{exact} {unit}" if exact else "not known"]
        )
        notes.note("triangle: exact peak, or its bounds" if peak else None)
    for trace in traces:
        notes.note(trace.note)
    captions.add_notes(notes, traces, request.options)
    notes.note("line: median, dashed: mean, whiskers: 1.5 IQR")
    x = Axis(label="Model", kind=NAMES, names=tuple(group.label for group in pooled))
    y = Axis(label=f"{what} usage ({unit})", unit=unit)
    panel = Panel(title="", x=x, y=y, marks=marks)
    table = ChartTable(head=("Box", *STATISTICS, "exact peak"), rows=rows)
    return chart(request, captions.title(f"{what} usage", request.subject), [panel], table, notes)


def _box(place: int, entry: LegendEntry, box: statistics.Box) -> list[Mark]:
    """The marks of one box: the statistics of all samples, and at most 200 of the outliers as points."""
    statistics = {"q1": box.q1, "median": box.median, "q3": box.q3, "mean": box.mean, "low": box.low, "high": box.high}
    some = np.unique(np.linspace(0, len(box.outliers) - 1, min(len(box.outliers), _OUTLIERS)).astype(np.int64))
    outliers = box.outliers[some]
    return [
        Mark(kind="box", group=entry, x=np.array([float(place)]), y=_EMPTY, box=statistics),
        Mark(kind="outliers", group=entry, x=np.full(len(outliers), float(place)), y=outliers, hover="outlier"),
    ]


def _bound(place: int, entry: LegendEntry, bound: float, bounds: int) -> Mark:
    hover = "exact peak" if bounds == 1 else "bound of the peak"
    return Mark(kind="peak", group=entry, x=np.array([float(place)]), y=np.array([bound]), hover=hover)


def _densities(request: ChartRequest, what: str, traces: Sequence[Trace]) -> Chart:
    marks, rows = [], []
    for group in pooling.pool(traces, request.styles):
        heights = statistics.density(group.values, utilization.EDGES)
        median = float(np.median(group.values))
        pattern = "." if group.dotted else _PATTERNS.get(group.style.hatch, "")
        style = {"colour": group.style.colour, "dash": "dot" if group.dotted else "solid"}
        area = LegendEntry(label=group.label, pattern=pattern, **style)
        rule = LegendEntry(label=f"{group.label}: median {median:.1f} %", **style | {"dash": "dash"})
        marks.append(Mark(kind="area", group=area, x=utilization.EDGES, y=np.append(heights, heights[-1])))
        marks.append(Mark(kind="rule", group=rule, x=np.full(2, median), y=np.array([0.0, heights.max() * 1.04])))
        rows.append([group.label, *statistics_cells(group.values, "%")])
    notes = ChartNotes()
    captions.add_notes(notes, traces, request.options)
    notes.note("utilization is the device's" if what == "GPU" else None)
    x = Axis(label=f"{what} utilization (%)", unit="%", range=(-1.0, 101.0))
    panel = Panel(title="", x=x, y=Axis(label="Density"), marks=marks)
    title = captions.title(f"{what} utilization", request.subject)
    return chart(request, title, [panel], ChartTable(head=("Histogram", *STATISTICS), rows=rows), notes)
