"""Batch times of inference: one after the other, and how they are distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import statistics
from perfmon_analyze.plots import captions, curve_styles, style
from perfmon_analyze.plots.canvas import open_canvas
from perfmon_analyze.plots.data.batches import STAGE, batch_data
from perfmon_analyze.plots.downsample import thin_points
from perfmon_analyze.series.options import DEFAULT
from perfmon_analyze.series.trace import provenance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.canvas import Canvas
    from perfmon_analyze.plots.curve_styles import CurveStyle
    from perfmon_analyze.series.curves import Curve
    from perfmon_analyze.series.options import Options

_SECONDS = "Processing time (seconds)"
_BARS, _LINE = "#5d6d7e", "#a93226"
_MANY = 5000  # points from which a vector file holds an image of them
_POINT_PIXELS = 3  # across a point
_OVERLAID = 6  # see-through points in one place that differ from more of them


def batch_processing_times(runs: Runs, stage: str = STAGE, *, options: Options = DEFAULT) -> Figure:
    """Time of every batch as a point, and the rolling median of each job or layer as a line.

    Raises:
        NothingToDraw: no batch was timed.
    """
    found = batch_data(runs, stage, options=options)
    window = statistics.median_window(max(len(curve.x) for curve in found))
    with open_canvas(captions.title("Batch processing times", stage), options, size=(9, 4.2)) as canvas:
        (axes,) = canvas.panels[0]
        for curve, curve_style in zip(
            found, curve_styles.curve_styles(found, style.model_styles(runs, options)), strict=True
        ):
            _scatter(canvas, axes, curve, curve_style, window)
        axes.set(xlabel="Batch number", ylabel=_SECONDS)
        axes.set_ylim(bottom=0)
        canvas.note(f"points are batches, lines the rolling median of {window} batches")
        captions.add_recording_provenance(canvas, [curve.recording for curve in found], options)
    return canvas.figure


def batch_processing_times_distribution(runs: Runs, stage: str = STAGE, *, options: Options = DEFAULT) -> Figure:
    """One histogram of the times of all jobs' batches, with lines for median, mean and P95.

    Made-up times are never counted with measured ones: each origin has a histogram of its own.

    Raises:
        NothingToDraw: no batch was timed.
    """
    found = batch_data(runs, stage, options=options)
    edges = statistics.histogram_edges(np.concatenate([curve.values for curve in found]))
    with open_canvas(captions.title("Distribution of batch processing times", stage), options, size=(8, 4.2)) as canvas:
        (axes,) = canvas.panels[0]
        for origin in dict.fromkeys(provenance(curve.recording) for curve in found):
            values = np.concatenate([curve.values for curve in found if provenance(curve.recording) == origin])
            _histogram(canvas, axes, values, edges, origin)
        axes.set(xlabel=_SECONDS, ylabel="Frequency")
        captions.add_recording_provenance(canvas, [curve.recording for curve in found], options)
    return canvas.figure


def _scatter(canvas: Canvas, axes: Axes, curve: Curve, curve_style: CurveStyle, window: int) -> None:
    colour = canvas.on_background(curve_style.colour)
    columns, rows = (pixels // _POINT_PIXELS for pixels in canvas.pixels)
    shown = thin_points(curve.x, curve.values, columns=columns, rows=rows, most=_OVERLAID)
    (points,) = axes.plot(curve.x[shown], curve.values[shown], ".", color=colour, markersize=3, alpha=0.35)
    points.set(markeredgewidth=0, rasterized=len(shown) > _MANY)
    at = np.unique(np.linspace(0, len(curve.x) - 1, min(len(curve.x), 4 * canvas.pixels[0])).astype(np.int64))
    median = statistics.rolling_median(curve.values, window, at)
    (line,) = axes.plot(curve.x[at], median, color=colour, label=curve_style.label, marker=curve_style.marker)
    line.set(markevery=max(1, len(at) // 8), markerfacecolor=axes.get_facecolor(), zorder=3)
    canvas.entry(curve_style.label, line)


def _histogram(canvas: Canvas, axes: Axes, values: Array, edges: Array, origin: str) -> None:
    counts, _ = np.histogram(values, edges)
    suffix = f" ({origin})" if origin else ""
    bars = axes.stairs(counts, edges, fill=True, facecolor=canvas.on_background(_BARS), alpha=0.6)
    bars.set(hatch="//" if origin else None, edgecolor="white", linewidth=0)
    canvas.entry(f"{len(values):,} batches{suffix}", bars)
    places = {
        "median": (np.median(values), "-"),
        "mean": (np.mean(values), "--"),
        "P95": (np.percentile(values, 95), ":"),
    }
    for name, (place, dashes) in places.items():
        line = axes.axvline(float(place), color=canvas.on_background(_LINE), linestyle=dashes, linewidth=1.8)
        canvas.entry(f"{name} {place:.4g} s{suffix}", line)
