"""Charts of training metrics, and of batch times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import statistics
from perfmon_analyze.plots import captions, curve_styles
from perfmon_analyze.plots.data.batches import batch_data
from perfmon_analyze.plots.data.training import METRICS, dynamics_data, loss_data
from perfmon_analyze.report.chart import WHOLE, Axis, ChartTable, LegendEntry, Mark, Panel
from perfmon_analyze.report.chart_notes import STATISTICS, ChartNotes, chart, statistics_cells
from perfmon_analyze.series.trace import provenance
from perfmon_analyze.text.humanize import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.plots.curve_styles import CurveStyle
    from perfmon_analyze.report.chart import Chart, ChartRequest
    from perfmon_analyze.series.curves import Curve

_SYMBOLS = {"o": "circle", "s": "square", "^": "triangle-up", "D": "diamond", "v": "triangle-down"} | {
    "<": "triangle-left",
    ">": "triangle-right",
    "P": "cross",
    "X": "x",
}
_HEAD = ("Metric", "Line", "values", "first", "last", "last at epoch or step")
_SECONDS = "Processing time (seconds)"
_BARS, _RULES = "#5d6d7e", "#a93226"
_POINTS_TOGETHER = 8_000  # of all curves: each is an element of the page


def loss(request: ChartRequest) -> Chart:
    """Loss by epoch, a line for each layer or run."""
    found = {"loss": loss_data(request.runs, request.subject, options=request.options)}
    return _metric_chart(request, captions.title("Training loss", request.subject), found)


def dynamics(request: ChartRequest) -> Chart:
    """Loss, R², dead features and L1 by epoch."""
    found = dynamics_data(request.runs, request.subject, options=request.options)
    return _metric_chart(request, captions.title("Training dynamics", request.subject), found)


def _metric_chart(request: ChartRequest, title: str, found: dict[str, list[Curve]]) -> Chart:
    every = {_key(curve): curve for curves_of_metric in found.values() for curve in curves_of_metric}
    keys = [_key(curve) for curve in curve_styles.ordered(every.values(), request.styles)]
    styled = dict(zip(keys, curve_styles.curve_styles([every[key] for key in keys], request.styles), strict=True))
    panels = [
        _metric(metric, curves_of_metric, [styled[_key(curve)] for curve in curves_of_metric])
        for metric, curves_of_metric in found.items()
    ]
    panels = [replace(panel, title="") for panel in panels] if len(panels) == 1 else panels
    rows = [
        _row(metric, styled[_key(curve)], curve)
        for metric, curves_of_metric in found.items()
        for curve in curves_of_metric
    ]
    notes = ChartNotes()
    captions.add_recording_provenance(
        notes, list(dict.fromkeys(curve.recording for curve in every.values())), request.options
    )
    return chart(request, title, panels, ChartTable(head=_HEAD, rows=rows), notes, columns=min(2, len(panels)))


def _row(metric: str, curve_style: CurveStyle, curve: Curve) -> list[str]:
    ends = (curve.values[0], curve.values[-1], curve.x[-1])
    return [METRICS[metric], curve_style.label, f"{len(curve.x):,}", *(format_number(float(end)) for end in ends)]


def _metric(metric: str, found: Sequence[Curve], styled: Sequence[CurveStyle]) -> Panel:
    log = bool(found) and statistics.needs_log_scale(np.concatenate([curve.values for curve in found]))
    x = Axis(label=found[0].x_name if found else "Epoch", kind=WHOLE)
    y = Axis(label=METRICS[metric], unit="%" if "percent" in metric else "", log=log)
    marks = [
        Mark(kind="line", group=_group(curve_style), x=curve.x, y=curve.values)
        for curve, curve_style in zip(found, styled, strict=True)
    ]
    return Panel(title=METRICS[metric], x=x, y=y, marks=marks, empty="" if found else f"{metric} was not logged")


def batches(request: ChartRequest) -> Chart:
    """Time of every batch, and the rolling median of each job or layer."""
    found = _batches(request)
    styled = curve_styles.curve_styles(found, request.styles)
    window = statistics.median_window(max(len(curve.x) for curve in found))
    most = max(_POINTS_TOGETHER // len(found), 500)
    points, lines, drawn = [], [], 0
    for curve, curve_style in zip(found, styled, strict=True):
        at = _places_shown(curve.values, most)
        drawn += len(at)
        median = statistics.rolling_median(curve.values, window, at)
        line = f"{curve_style.label}, rolling median"
        points.append(Mark(kind="points", group=_group(curve_style), x=curve.x[at], y=curve.values[at]))
        lines.append(Mark(kind="mean", group=_group(curve_style), x=curve.x[at], y=median, hover=line))
    notes = ChartNotes()
    notes.note(f"points are batches, lines the rolling median of {window} batches")
    total = sum(len(curve.x) for curve in found)
    notes.note(
        f"{drawn:,} of {total:,} batches are drawn, the slowest and fastest among them" if drawn < total else None
    )
    captions.add_recording_provenance(notes, [curve.recording for curve in found], request.options)
    x, y = Axis(label="Batch number", kind=WHOLE), Axis(label=_SECONDS, unit="s")
    panel = Panel(title="", x=x, y=y, marks=points + lines)
    rows = [[curve_style.label, *statistics_cells(c.values, "s")] for c, curve_style in zip(found, styled, strict=True)]
    title = captions.title("Batch processing times", request.subject)
    return chart(request, title, [panel], ChartTable(head=("Line", *STATISTICS), rows=rows), notes)


def distribution(request: ChartRequest) -> Chart:
    """One histogram of the times of all jobs' batches, with median, mean and P95; made-up times have their own."""
    found = _batches(request)
    edges = statistics.histogram_edges(np.concatenate([curve.values for curve in found]))
    marks, rows = [], []
    for origin in dict.fromkeys(provenance(curve.recording) for curve in found):
        values = np.concatenate([curve.values for curve in found if provenance(curve.recording) == origin])
        suffix = f" ({origin})" if origin else ""
        marks += _histogram(values, edges, suffix)
        rows.append([f"All batches{suffix}", *statistics_cells(values, "s")])
    notes = ChartNotes()
    captions.add_recording_provenance(notes, [curve.recording for curve in found], request.options)
    panel = Panel(title="", x=Axis(label=_SECONDS, unit="s"), y=Axis(label="Frequency"), marks=marks)
    title = captions.title("Distribution of batch processing times", request.subject)
    return chart(request, title, [panel], ChartTable(head=("Histogram", *STATISTICS), rows=rows), notes)


def _batches(request: ChartRequest) -> list[Curve]:
    return batch_data(request.runs, request.subject, options=request.options)


def _histogram(values: Array, edges: Array, suffix: str) -> list[Mark]:
    counts = np.histogram(values, edges)[0].astype(np.float64)
    bars = LegendEntry(label=f"{len(values):,} batches{suffix}", colour=_BARS, pattern="/" if suffix else "")
    rules = {"median": (np.median(values), "solid"), "mean": (values.mean(), "dash")}
    rules["P95"] = (np.percentile(values, 95), "dot")
    top = np.array([0.0, counts.max() * 1.04])
    return [
        Mark(kind="area", group=bars, x=edges, y=np.append(counts, counts[-1])),
        *(
            Mark(kind="rule", group=_rule_group(f"{name} {place:.4g} s{suffix}", dash), x=np.full(2, place), y=top)
            for name, (place, dash) in rules.items()
        ),
    ]


def _rule_group(label: str, dash: str) -> LegendEntry:
    return LegendEntry(label=label, colour=_RULES, dash=dash)


def _places_shown(values: Array, most: int) -> NDArray[np.intp]:
    """The places of at most `most` values: evenly, and the ten lowest and the ten highest."""
    if len(values) <= most:
        return np.arange(len(values))
    even = np.linspace(0, len(values) - 1, most - 20).astype(np.int64)
    order = np.argsort(values, kind="stable")
    return np.unique(np.concatenate((even, order[:10], order[-10:])))


def _group(curve_style: CurveStyle) -> LegendEntry:
    return LegendEntry(
        label=curve_style.label, colour=curve_style.colour, symbol=_SYMBOLS.get(curve_style.marker, "circle")
    )


def _key(curve: Curve) -> tuple[int, str | None]:
    return id(curve.recording), curve.series
