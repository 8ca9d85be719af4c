"""How busy GPU and CPU were: overlapping density histograms, one per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Patch

from perfmon_analyze.derive import statistics
from perfmon_analyze.plots import captions, pooling, style
from perfmon_analyze.plots.canvas import open_canvas
from perfmon_analyze.plots.data.utilization import EDGES, cpu_data, gpu_data
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.canvas import Canvas
    from perfmon_analyze.plots.pooling import SampleGroup
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Trace


def gpu_utilization(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
    """Density of the GPU utilization samples of each model; each histogram has an area of 1.

    Raises:
        NothingToDraw: no GPU utilization was recorded in this stage.
    """
    return _densities(runs, gpu_data(runs, stage, options=options), "GPU", stage, options)


def cpu_utilization(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
    """Density of the CPU utilization samples of each model; each histogram has an area of 1.

    Raises:
        NothingToDraw: no CPU utilization was recorded in this stage.
    """
    return _densities(runs, cpu_data(runs, stage, options=options), "CPU", stage, options)


def _densities(runs: Runs, traces: list[Trace], what: str, stage: str, options: Options) -> Figure:
    with open_canvas(captions.title(f"{what} utilization", stage), options) as canvas:
        (axes,) = canvas.panels[0]
        for group in pooling.pool(traces, style.model_styles(runs, options)):
            _density(canvas, axes, group)
        axes.set(xlabel=f"{what} utilization (%)", ylabel="Density", xlim=(-1, 101))
        axes.set_ylim(bottom=0)
        captions.add_notes(canvas, traces, options)
        canvas.note("utilization is the device's" if what == "GPU" else None)
    return canvas.figure


def _density(canvas: Canvas, axes: Axes, group: SampleGroup) -> None:
    colour = canvas.on_background(group.style.colour)
    heights = statistics.density(group.values, EDGES)
    median = float(np.median(group.values))
    axes.stairs(heights, EDGES, fill=True, facecolor=(colour, 0.3), linewidth=0)
    # Hatching is the outline's: vector formats draw it in the colour of a fill that is see-through, and so not at all.
    outline = axes.stairs(heights, EDGES, edgecolor=colour, linewidth=1.5, linestyle=":" if group.dotted else "-")
    outline.set_hatch("...." if group.dotted else group.style.hatch)
    line = axes.axvline(median, color=colour, linestyle="--", linewidth=1.8, marker=group.style.marker)
    line.set(markevery=[1], clip_on=False)
    canvas.entry(group.label, Patch(facecolor=canvas.tint(colour), edgecolor=colour, hatch=outline.get_hatch()))
    canvas.entry(f"{group.label}: median {median:.1f} %", line)
