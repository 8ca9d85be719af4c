"""Charts over time: memory, lines in one panel, and inference with and without detectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.plots import captions, labels
from perfmon_analyze.plots.data import comparison
from perfmon_analyze.plots.data.memory import memory_data
from perfmon_analyze.report.chart import TIME, Axis, ChartTable, Panel
from perfmon_analyze.report.chart_notes import STATISTICS, ChartNotes, chart, statistics_cells
from perfmon_analyze.report.lines import columns, lines, reduction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfmon_analyze.plots.data.comparison import PanelRow
    from perfmon_analyze.plots.data.line_plot import LinePlot
    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.report.chart import Chart, ChartRequest
    from perfmon_analyze.report.lines import Lines
    from perfmon_analyze.series.trace import Trace

_PLACES = {"detectors": "with detectors", "baseline": "baseline"}


class _ChartBuilder:
    """Builds a chart of panels that share a time axis."""

    def __init__(self, request: ChartRequest, every: Sequence[Trace]) -> None:
        self.request, self.every, self.notes = request, every, ChartNotes()
        self.seconds, self.unit = labels.time_unit(every)
        self.most = columns(request.runs)
        self.panels: list[Panel] = []
        self.rows: list[list[str]] = []
        self.lines: list[Lines] = []

    def add(self, spec: _PanelSpec, traces: Sequence[Trace], styles: Styles) -> None:
        """Add a panel of these traces; without any it shows what is missing."""
        found = lines(traces, styles, every=self.every, per=spec.per, seconds=self.seconds, most=self.most)
        x = Axis(label=f"Time elapsed ({self.unit})", unit=self.unit, kind=TIME, per=self.seconds)
        empty = "" if traces else captions.missing_text(spec.name)
        self.panels.append(Panel(title=spec.title, x=x, y=spec.y, marks=found.marks, empty=empty))
        self.lines.append(found)
        lines_only = [mark for mark in found.marks if mark.kind != "mean"]
        for trace, mark in zip(traces, lines_only, strict=True):
            self.rows.append([spec.title, mark.hover, *statistics_cells(trace.values / spec.per, spec.y.unit)])

    def chart(self, title: str, across: int) -> Chart:
        """The chart of all panels that were added, `across` of them side by side."""
        self.notes.note(reduction(self.lines, self.most))
        for trace in self.every:
            self.notes.note(trace.note)
        table = ChartTable(head=("Panel", "Line", *STATISTICS), rows=self.rows)
        return chart(self.request, title, self.panels, table, self.notes, columns=across)


class _PanelSpec(NamedTuple):
    """What a panel shows: the measure, the title, the y-axis, and its unit `per` in bytes or percent."""

    name: str
    title: str
    y: Axis
    per: float


def memory(request: ChartRequest) -> Chart:
    """VRAM and RAM of a stage."""
    found = memory_data(request.runs, request.subject, options=request.options)
    every = [trace for traces in found.values() for trace in traces]
    builder = _ChartBuilder(request, every)
    for name, traces in found.items():
        per, unit = labels.size_unit(traces)
        y = Axis(label=f"{name} ({unit})", unit=unit)
        builder.add(_PanelSpec(name, name + captions.stand_in_suffix(traces), y, per), traces, request.styles)
    captions.add_notes(builder.notes, every, request.options)
    return builder.chart(captions.title("Memory usage", request.subject), across=2)


def line_plot(plot: LinePlot, data: Callable[..., list[Trace]], request: ChartRequest) -> Chart:
    """A plot of one panel with a line per recording."""
    traces = data(request.runs, request.subject, options=request.options)
    per, unit = plot.scale(traces)
    builder = _ChartBuilder(request, traces)
    y = Axis(label=plot.label.format(unit=unit), unit=unit)
    builder.add(_PanelSpec(plot.title, "", y, per), traces, request.styles)
    builder.notes.note(plot.note)
    captions.add_provenance(builder.notes, traces, request.options)
    return builder.chart(captions.title(plot.title, request.subject), across=1)


def sides(request: ChartRequest) -> Chart:
    """Inference of a model with detectors (left) and without; the panels of a row share their y-axis."""
    rows = comparison.comparison_data(request.runs, request.subject, options=request.options)
    every = [trace for row in rows for side in row.sides for trace in side]
    builder = _ChartBuilder(request, every)
    for row in rows:
        y = _shared(row)
        for (variant, place), traces in zip(_PLACES.items(), row.sides, strict=True):
            styles = comparison.side_styles(request.styles, variant)
            builder.add(_PanelSpec(row.what, f"{row.what}, {place}", y, row.per), traces, styles)
    captions.add_notes(builder.notes, every, request.options)
    label = next((request.styles[trace.recording.model].label for trace in every), request.subject)
    return builder.chart(f"Inference with and without detectors: {label}", across=2)


def _shared(row: PanelRow) -> Axis:
    """The y-axis of both panels of a row."""
    unit = row.label.rpartition("(")[2].rstrip(")")
    if unit == "%":
        return Axis(label=row.label, unit=unit, range=(0.0, 105.0))
    highest = max((float(np.nanmax(trace.values)) for side in row.sides for trace in side), default=0.0)
    return Axis(label=row.label, unit=unit, range=(0.0, max(1.06 * highest / row.per, 1e-9)))
