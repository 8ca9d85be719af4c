"""Memory as boxes: VRAM or RAM of a stage, a box per model."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from perfmon_analyze.derive import arrays, statistics
from perfmon_analyze.plots import captions, labels, pooling, style
from perfmon_analyze.plots.canvas import open_canvas
from perfmon_analyze.plots.data.boxplots import exact_peak, ram_box_data, vram_box_data
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.canvas import Canvas
    from perfmon_analyze.plots.pooling import SampleGroup
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Trace

_DISTINCT = 500  # outliers a box draws one by one; more are drawn where they differ by a pixel


def memory_usage_boxplots_vram(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
    """A box of all VRAM samples for each model, median and mean written out.

    Raises:
        NothingToDraw: no VRAM was recorded in this stage.
    """
    return _boxes(runs, vram_box_data(runs, stage, options=options), "VRAM", stage, options)


def memory_usage_boxplots_ram(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
    """A box of all RAM samples for each model, median and mean written out.

    Raises:
        NothingToDraw: no RAM was recorded in this stage.
    """
    return _boxes(runs, ram_box_data(runs, stage, options=options), "RAM", stage, options)


def _boxes(runs: Runs, traces: list[Trace], what: str, stage: str, options: Options) -> Figure:
    pooled = pooling.pool(traces, style.model_styles(runs, options))
    size, unit = labels.size_unit(traces)
    width = max(6.0, 1.0 + 1.7 * len(pooled))
    with open_canvas(captions.title(f"{what} usage", stage), options, size=(width, 4.6)) as canvas:
        (axes,) = canvas.panels[0]
        boxes = [statistics.box(group.values).per(size) for group in pooled]
        drawn = axes.bxp([_stats(box) for box in boxes], showmeans=True, patch_artist=True, widths=0.5)
        for place, group in enumerate(pooled):
            _paint(canvas, drawn, place, group)
        exact = [exact_peak(runs, group, what, options) for group in pooled]
        for place, (group, peak) in enumerate(zip(pooled, exact, strict=True), start=1):
            _mark(axes, place, canvas.on_background(group.style.colour), [bound / size for bound in peak])
        words = [
            _words(group.label, box, [bound / size for bound in peak], unit)
            for group, box, peak in zip(pooled, boxes, exact, strict=True)
        ]
        axes.set_xticks(range(1, len(pooled) + 1), words)
        axes.set(xlabel="Model", ylabel=f"{what} usage ({unit})", xlim=(0.4, len(pooled) + 0.6))
        _finish(axes)
        for trace in traces:
            canvas.note(trace.note)
        captions.add_notes(canvas, traces, options)
        canvas.note("line: median, diamond: mean, whiskers: 1.5 IQR")
        canvas.note("triangle: exact peak, or its bounds" if any(exact) else None)
    return canvas.figure


def _stats(box: statistics.Box) -> dict[str, Any]:
    return {
        "med": box.median,
        "mean": box.mean,
        "q1": box.q1,
        "q3": box.q3,
        "whislo": box.low,
        "whishi": box.high,
        "fliers": _distinct(box.outliers),
    }


def _distinct(values: arrays.Array) -> arrays.Array:
    if len(values) <= _DISTINCT:
        return values
    pixel = np.ptp(values) / _DISTINCT
    return values[np.unique(np.round(values / pixel), return_index=True)[1]]


def _paint(canvas: Canvas, drawn: dict[str, Any], place: int, group: SampleGroup) -> None:
    colour = canvas.on_background(group.style.colour)
    drawn["boxes"][place].set(facecolor=canvas.tint(colour), edgecolor=colour, hatch="...." if group.dotted else None)
    drawn["boxes"][place].set_linestyle(":" if group.dotted else "-")
    drawn["medians"][place].set(color=colour, linewidth=2.2)
    drawn["means"][place].set(marker="D", markerfacecolor="white", markeredgecolor=colour, markersize=6)
    drawn["fliers"][place].set(marker=".", markersize=3, markerfacecolor=colour, markeredgecolor="none")
    for line in (*drawn["whiskers"][2 * place : 2 * place + 2], *drawn["caps"][2 * place : 2 * place + 2]):
        line.set_color(colour)


def _mark(axes: Axes, place: int, colour: Any, peak: Sequence[float]) -> None:
    for bound, marker in zip(peak, ("v",) if len(peak) == 1 else ("^", "v"), strict=False):
        axes.plot([place], [bound], marker=marker, color=colour, markerfacecolor="white", markersize=7, zorder=4)


def _words(label: str, box: statistics.Box, peak: Sequence[float], unit: str) -> str:
    figures = {"median": [box.median], "mean": [box.mean], "peak": peak}
    lines = [f"{name} {' to '.join(map(_number, values))} {unit}" for name, values in figures.items() if values]
    return "\n".join([textwrap.fill(label, 20), *lines, f"{box.samples:,} samples"])


def _number(value: float) -> str:
    return f"{value:.2f}" if value >= 1 else f"{value:.3g}"


def _finish(axes: Axes) -> None:
    axes.grid(visible=False, axis="x")
    axes.set_ylim(bottom=max(0.0, axes.get_ylim()[0]))
