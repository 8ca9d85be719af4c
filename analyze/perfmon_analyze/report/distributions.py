"""Charts of how samples are spread: boxes of memory, densities of utilization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import statistics
from perfmon_analyze.plots import captions, labels, pooling
from perfmon_analyze.plots.data import boxplots, utilization
from perfmon_analyze.report.chart import NAMES, Axis, Group, Mark, Panel, Table
from perfmon_analyze.report.chart_notes import FIGURES, Told, chart, figures
from perfmon_analyze.text.humanize import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.report.chart import Asked, Chart
    from perfmon_analyze.series.trace import Trace

_PATTERNS = {"//": "/", "\\\\": "\\", "xx": "x", "--": "-", "++": "+", "||": "|"}
_EMPTY = np.empty(0)
_OUTLIERS = 200  # drawn of each box, evenly, with the outermost


def vram(asked: Asked) -> Chart:
    """A box of VRAM for each model."""
    return _boxes(asked, "VRAM", boxplots.vram_box_data(asked.runs, asked.subject, options=asked.options))


def ram(asked: Asked) -> Chart:
    """A box of RAM for each model."""
    return _boxes(asked, "RAM", boxplots.ram_box_data(asked.runs, asked.subject, options=asked.options))


def gpu(asked: Asked) -> Chart:
    """Density of the GPU utilization of each model."""
    return _densities(asked, "GPU", utilization.gpu_data(asked.runs, asked.subject, options=asked.options))


def cpu(asked: Asked) -> Chart:
    """Density of the CPU utilization of each model."""
    return _densities(asked, "CPU", utilization.cpu_data(asked.runs, asked.subject, options=asked.options))


def _boxes(asked: Asked, what: str, traces: Sequence[Trace]) -> Chart:
    pooled = pooling.pool(traces, asked.styles)
    size, unit = labels.size_unit(traces)
    told, marks, rows = Told(), [], []
    for place, group in enumerate(pooled):
        peak = [bound / size for bound in boxplots.exact_peak(asked.runs, group, what, asked.options)]
        entry = Group(label=group.label, colour=group.style.colour, dash="dot" if group.dotted else "solid")
        marks += _box(place, entry, statistics.box(group.values / size))
        marks += [_bound(place, entry, bound, len(peak)) for bound in peak]
        exact = " to ".join(format_number(bound) for bound in peak)
        rows.append([group.label, *figures(group.values / size, unit), f"{exact} {unit}" if exact else "not known"])
        told.note("triangle: exact peak, or its bounds" if peak else None)
    for trace in traces:
        told.note(trace.note)
    captions.add_notes(told, traces, asked.options)
    told.note("line: median, dashed: mean, whiskers: 1.5 IQR")
    x = Axis(label="Model", kind=NAMES, names=tuple(group.label for group in pooled))
    y = Axis(label=f"{what} usage ({unit})", unit=unit)
    panel = Panel(title="", x=x, y=y, marks=marks)
    table = Table(head=("Box", *FIGURES, "exact peak"), rows=rows)
    return chart(asked, captions.title(f"{what} usage", asked.subject), [panel], table, told)


def _box(place: int, entry: Group, box: statistics.Box) -> list[Mark]:
    """A box of the statistics of all samples, with some of its outliers as points."""
    statistics = {"q1": box.q1, "median": box.median, "q3": box.q3, "mean": box.mean, "low": box.low, "high": box.high}
    some = np.unique(np.linspace(0, len(box.outliers) - 1, min(len(box.outliers), _OUTLIERS)).astype(np.int64))
    outliers = box.outliers[some]
    return [
        Mark(kind="box", group=entry, x=np.array([float(place)]), y=_EMPTY, box=statistics),
        Mark(kind="outliers", group=entry, x=np.full(len(outliers), float(place)), y=outliers, told="outlier"),
    ]


def _bound(place: int, entry: Group, bound: float, bounds: int) -> Mark:
    told = "exact peak" if bounds == 1 else "bound of the peak"
    return Mark(kind="peak", group=entry, x=np.array([float(place)]), y=np.array([bound]), told=told)


def _densities(asked: Asked, what: str, traces: Sequence[Trace]) -> Chart:
    marks, rows = [], []
    for group in pooling.pool(traces, asked.styles):
        heights = statistics.density(group.values, utilization.EDGES)
        median = float(np.median(group.values))
        pattern = "." if group.dotted else _PATTERNS.get(group.style.hatch, "")
        look = {"colour": group.style.colour, "dash": "dot" if group.dotted else "solid"}
        area = Group(label=group.label, pattern=pattern, **look)
        rule = Group(label=f"{group.label}: median {median:.1f} %", **look | {"dash": "dash"})
        marks.append(Mark(kind="area", group=area, x=utilization.EDGES, y=np.append(heights, heights[-1])))
        marks.append(Mark(kind="rule", group=rule, x=np.full(2, median), y=np.array([0.0, heights.max() * 1.04])))
        rows.append([group.label, *figures(group.values, "%")])
    told = Told()
    captions.add_notes(told, traces, asked.options)
    told.note("utilization is the device's" if what == "GPU" else None)
    x = Axis(label=f"{what} utilization (%)", unit="%", range=(-1.0, 101.0))
    panel = Panel(title="", x=x, y=Axis(label="Density"), marks=marks)
    title = captions.title(f"{what} utilization", asked.subject)
    return chart(asked, title, [panel], Table(head=("Histogram", *FIGURES), rows=rows), told)
