"""Batch times of inference: one after the other, and how they are distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import statistics
from perfmon_analyze.plots import captions, curve_styles, style
from perfmon_analyze.plots.canvas import sheet
from perfmon_analyze.plots.data.batches import STAGE, batch_data
from perfmon_analyze.plots.downsample import sparse
from perfmon_analyze.series.options import DEFAULT
from perfmon_analyze.series.trace import provenance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.canvas import Sheet
    from perfmon_analyze.plots.curve_styles import Look
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
    with sheet(captions.title("Batch processing times", stage), options, size=(9, 4.2)) as page:
        (axes,) = page.panels[0]
        for curve, look in zip(found, curve_styles.looks(found, style.model_styles(runs, options)), strict=True):
            _scatter(page, axes, curve, look, window)
        axes.set(xlabel="Batch number", ylabel=_SECONDS)
        axes.set_ylim(bottom=0)
        page.note(f"points are batches, lines the rolling median of {window} batches")
        captions.say_origin(page, [curve.recording for curve in found], options)
    return page.figure


def batch_processing_times_distribution(runs: Runs, stage: str = STAGE, *, options: Options = DEFAULT) -> Figure:
    """One histogram of the times of all jobs' batches, with lines for median, mean and P95.

    Made-up times are never counted with measured ones: each origin has a histogram of its own.

    Raises:
        NothingToDraw: no batch was timed.
    """
    found = batch_data(runs, stage, options=options)
    edges = statistics.histogram_edges(np.concatenate([curve.values for curve in found]))
    with sheet(captions.title("Distribution of batch processing times", stage), options, size=(8, 4.2)) as page:
        (axes,) = page.panels[0]
        for origin in dict.fromkeys(provenance(curve.recording) for curve in found):
            values = np.concatenate([curve.values for curve in found if provenance(curve.recording) == origin])
            _histogram(page, axes, values, edges, origin)
        axes.set(xlabel=_SECONDS, ylabel="Frequency")
        captions.say_origin(page, [curve.recording for curve in found], options)
    return page.figure


def _scatter(page: Sheet, axes: Axes, curve: Curve, look: Look, window: int) -> None:
    colour = page.tone(look.colour)
    columns, rows = (pixels // _POINT_PIXELS for pixels in page.pixels)
    shown = sparse(curve.x, curve.values, columns=columns, rows=rows, most=_OVERLAID)
    (points,) = axes.plot(curve.x[shown], curve.values[shown], ".", color=colour, markersize=3, alpha=0.35)
    points.set(markeredgewidth=0, rasterized=len(shown) > _MANY)
    at = np.unique(np.linspace(0, len(curve.x) - 1, min(len(curve.x), 4 * page.pixels[0])).astype(np.int64))
    median = statistics.rolling_median(curve.values, window, at)
    (line,) = axes.plot(curve.x[at], median, color=colour, label=look.label, marker=look.marker)
    line.set(markevery=max(1, len(at) // 8), markerfacecolor=axes.get_facecolor(), zorder=3)
    page.entry(look.label, line)


def _histogram(page: Sheet, axes: Axes, values: Array, edges: Array, origin: str) -> None:
    counts, _ = np.histogram(values, edges)
    suffix = f" ({origin})" if origin else ""
    bars = axes.stairs(counts, edges, fill=True, facecolor=page.tone(_BARS), alpha=0.6)
    bars.set(hatch="//" if origin else None, edgecolor="white", linewidth=0)
    page.entry(f"{len(values):,} batches{suffix}", bars)
    marks = {
        "median": (np.median(values), "-"),
        "mean": (np.mean(values), "--"),
        "P95": (np.percentile(values, 95), ":"),
    }
    for name, (place, dashes) in marks.items():
        line = axes.axvline(float(place), color=page.tone(_LINE), linestyle=dashes, linewidth=1.8)
        page.entry(f"{name} {place:.4g} s{suffix}", line)
