"""Charts over time: memory, disk, and inference with and without detectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.plots import captions, labels
from perfmon_analyze.plots.data import comparison
from perfmon_analyze.plots.data.disk import disk_data
from perfmon_analyze.plots.data.memory import memory_data
from perfmon_analyze.report.chart import TIME, Axis, Panel, Table
from perfmon_analyze.report.chart_notes import FIGURES, Told, chart, figures
from perfmon_analyze.report.lines import columns, lines, reduction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.plots.data.comparison import Row
    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.report.chart import Asked, Chart
    from perfmon_analyze.report.lines import Lines
    from perfmon_analyze.series.trace import Trace

_PLACES = {"detectors": "with detectors", "baseline": "baseline"}


class _Drawing:
    """Panels that share a time axis, as they come."""

    def __init__(self, asked: Asked, every: Sequence[Trace]) -> None:
        self.asked, self.every, self.told = asked, every, Told()
        self.seconds, self.unit = labels.time_unit(every)
        self.most = columns(asked.runs)
        self.panels: list[Panel] = []
        self.rows: list[list[str]] = []
        self.lines: list[Lines] = []

    def add(self, what: _What, traces: Sequence[Trace], styles: Styles) -> None:
        """A panel of these traces; without any it says what is missing."""
        found = lines(traces, styles, every=self.every, per=what.per, seconds=self.seconds, most=self.most)
        x = Axis(label=f"Time elapsed ({self.unit})", unit=self.unit, kind=TIME, per=self.seconds)
        empty = "" if traces else captions.missing_text(what.name)
        self.panels.append(Panel(title=what.title, x=x, y=what.y, marks=found.marks, empty=empty))
        self.lines.append(found)
        lines_only = [mark for mark in found.marks if mark.kind != "mean"]
        for trace, mark in zip(traces, lines_only, strict=True):
            self.rows.append([what.title, mark.told, *figures(trace.values / what.per, what.y.unit)])

    def chart(self, title: str, across: int) -> Chart:
        """The chart with all that was added."""
        self.told.note(reduction(self.lines, self.most))
        for trace in self.every:
            self.told.note(trace.note)
        table = Table(head=("Panel", "Line", *FIGURES), rows=self.rows)
        return chart(self.asked, title, self.panels, table, self.told, columns=across)


class _What(NamedTuple):
    """What a panel shows: the measure, the panel's title, and its y-axis, `per` bytes or percent to one."""

    name: str
    title: str
    y: Axis
    per: float


def memory(asked: Asked) -> Chart:
    """VRAM and RAM of a stage."""
    found = memory_data(asked.runs, asked.subject, options=asked.options)
    every = [trace for traces in found.values() for trace in traces]
    drawing = _Drawing(asked, every)
    for name, traces in found.items():
        per, unit = labels.size_unit(traces)
        y = Axis(label=f"{name} ({unit})", unit=unit)
        drawing.add(_What(name, name + captions.stand_in_suffix(traces), y, per), traces, asked.styles)
    captions.add_notes(drawing.told, every, asked.options)
    return drawing.chart(captions.title("Memory usage", asked.subject), across=2)


def disk(asked: Asked) -> Chart:
    """What the watched folders of a stage grew by."""
    traces = disk_data(asked.runs, asked.subject, options=asked.options)
    per, unit = labels.size_unit(traces)
    drawing = _Drawing(asked, traces)
    y = Axis(label=f"Cumulative disk usage ({unit})", unit=unit)
    drawing.add(_What("Disk", "", y, per), traces, asked.styles)
    drawing.told.note("growth of the watched folders in total, as recorded")
    captions.add_provenance(drawing.told, traces, asked.options)
    return drawing.chart(captions.title("Disk usage", asked.subject), across=1)


def sides(asked: Asked) -> Chart:
    """Inference of a model with detectors (left) and without; the panels of a row share their y-axis."""
    rows = comparison.comparison_data(asked.runs, asked.subject, options=asked.options)
    every = [trace for row in rows for side in row.sides for trace in side]
    drawing = _Drawing(asked, every)
    for row in rows:
        y = _shared(row)
        for (variant, place), traces in zip(_PLACES.items(), row.sides, strict=True):
            styles = comparison.side_styles(asked.styles, variant)
            drawing.add(_What(row.what, f"{row.what}, {place}", y, row.per), traces, styles)
    captions.add_notes(drawing.told, every, asked.options)
    label = next((asked.styles[trace.recording.model].label for trace in every), asked.subject)
    return drawing.chart(f"Inference with and without detectors: {label}", across=2)


def _shared(row: Row) -> Axis:
    """The y-axis of both panels of a row."""
    unit = row.label.rpartition("(")[2].rstrip(")")
    if unit == "%":
        return Axis(label=row.label, unit=unit, range=(0.0, 105.0))
    highest = max((float(np.nanmax(trace.values)) for side in row.sides for trace in side), default=0.0)
    return Axis(label=row.label, unit=unit, range=(0.0, max(1.06 * highest / row.per, 1e-9)))
