"""Charts of what was learned, and of batch times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import statistics
from perfmon_analyze.plots import captions, curve_styles
from perfmon_analyze.plots.data.batches import batch_data
from perfmon_analyze.plots.data.training import METRICS, dynamics_data, loss_data
from perfmon_analyze.report.chart import WHOLE, Axis, Group, Mark, Panel, Table
from perfmon_analyze.report.chart_notes import FIGURES, Told, chart, figures
from perfmon_analyze.series.trace import provenance
from perfmon_analyze.text.humanize import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.plots.curve_styles import CurveStyle
    from perfmon_analyze.report.chart import Asked, Chart
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


def loss(asked: Asked) -> Chart:
    """Loss by epoch, a line for each layer or run."""
    found = {"loss": loss_data(asked.runs, asked.subject, options=asked.options)}
    return _learned(asked, captions.title("Training loss", asked.subject), found)


def dynamics(asked: Asked) -> Chart:
    """Loss, R², dead features and L1 by epoch."""
    found = dynamics_data(asked.runs, asked.subject, options=asked.options)
    return _learned(asked, captions.title("Training dynamics", asked.subject), found)


def _learned(asked: Asked, title: str, found: dict[str, list[Curve]]) -> Chart:
    every = {_key(curve): curve for own in found.values() for curve in own}
    keys = [_key(curve) for curve in curve_styles.ordered(every.values(), asked.styles)]
    styled = dict(zip(keys, curve_styles.curve_styles([every[key] for key in keys], asked.styles), strict=True))
    panels = [_metric(metric, own, [styled[_key(curve)] for curve in own]) for metric, own in found.items()]
    panels = [replace(panel, title="") for panel in panels] if len(panels) == 1 else panels
    rows = [_row(metric, styled[_key(curve)], curve) for metric, own in found.items() for curve in own]
    told = Told()
    captions.add_recording_provenance(
        told, list(dict.fromkeys(curve.recording for curve in every.values())), asked.options
    )
    return chart(asked, title, panels, Table(head=_HEAD, rows=rows), told, columns=min(2, len(panels)))


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


def batches(asked: Asked) -> Chart:
    """Time of every batch, and the rolling median of each job or layer."""
    found = _batches(asked)
    styled = curve_styles.curve_styles(found, asked.styles)
    window = statistics.median_window(max(len(curve.x) for curve in found))
    most = max(_POINTS_TOGETHER // len(found), 500)
    points, lines, drawn = [], [], 0
    for curve, curve_style in zip(found, styled, strict=True):
        at = _shown(curve.values, most)
        drawn += len(at)
        median = statistics.rolling_median(curve.values, window, at)
        line = f"{curve_style.label}, rolling median"
        points.append(Mark(kind="points", group=_group(curve_style), x=curve.x[at], y=curve.values[at]))
        lines.append(Mark(kind="mean", group=_group(curve_style), x=curve.x[at], y=median, told=line))
    told = Told()
    told.note(f"points are batches, lines the rolling median of {window} batches")
    total = sum(len(curve.x) for curve in found)
    told.note(
        f"{drawn:,} of {total:,} batches are drawn, the slowest and fastest among them" if drawn < total else None
    )
    captions.add_recording_provenance(told, [curve.recording for curve in found], asked.options)
    x, y = Axis(label="Batch number", kind=WHOLE), Axis(label=_SECONDS, unit="s")
    panel = Panel(title="", x=x, y=y, marks=points + lines)
    rows = [[curve_style.label, *figures(c.values, "s")] for c, curve_style in zip(found, styled, strict=True)]
    title = captions.title("Batch processing times", asked.subject)
    return chart(asked, title, [panel], Table(head=("Line", *FIGURES), rows=rows), told)


def distribution(asked: Asked) -> Chart:
    """One histogram of the times of all jobs' batches, with median, mean and P95; made-up times have their own."""
    found = _batches(asked)
    edges = statistics.histogram_edges(np.concatenate([curve.values for curve in found]))
    marks, rows = [], []
    for origin in dict.fromkeys(provenance(curve.recording) for curve in found):
        values = np.concatenate([curve.values for curve in found if provenance(curve.recording) == origin])
        suffix = f" ({origin})" if origin else ""
        marks += _histogram(values, edges, suffix)
        rows.append([f"All batches{suffix}", *figures(values, "s")])
    told = Told()
    captions.add_recording_provenance(told, [curve.recording for curve in found], asked.options)
    panel = Panel(title="", x=Axis(label=_SECONDS, unit="s"), y=Axis(label="Frequency"), marks=marks)
    title = captions.title("Distribution of batch processing times", asked.subject)
    return chart(asked, title, [panel], Table(head=("Histogram", *FIGURES), rows=rows), told)


def _batches(asked: Asked) -> list[Curve]:
    return batch_data(asked.runs, asked.subject, options=asked.options)


def _histogram(values: Array, edges: Array, suffix: str) -> list[Mark]:
    counts = np.histogram(values, edges)[0].astype(np.float64)
    bars = Group(label=f"{len(values):,} batches{suffix}", colour=_BARS, pattern="/" if suffix else "")
    rules = {"median": (np.median(values), "solid"), "mean": (values.mean(), "dash")}
    rules["P95"] = (np.percentile(values, 95), "dot")
    top = np.array([0.0, counts.max() * 1.04])
    return [
        Mark(kind="area", group=bars, x=edges, y=np.append(counts, counts[-1])),
        *(
            Mark(kind="rule", group=_rule(f"{name} {place:.4g} s{suffix}", dash), x=np.full(2, place), y=top)
            for name, (place, dash) in rules.items()
        ),
    ]


def _rule(label: str, dash: str) -> Group:
    return Group(label=label, colour=_RULES, dash=dash)


def _shown(values: Array, most: int) -> NDArray[np.intp]:
    """Places of at most this many values, evenly, and of the ten lowest and highest."""
    if len(values) <= most:
        return np.arange(len(values))
    even = np.linspace(0, len(values) - 1, most - 20).astype(np.int64)
    order = np.argsort(values, kind="stable")
    return np.unique(np.concatenate((even, order[:10], order[-10:])))


def _group(curve_style: CurveStyle) -> Group:
    return Group(label=curve_style.label, colour=curve_style.colour, symbol=_SYMBOLS.get(curve_style.marker, "circle"))


def _key(curve: Curve) -> tuple[int, str | None]:
    return id(curve.recording), curve.series
