"""Draws a plot of one panel with a line per recording, from its data and its `LinePlot`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.plots import captions, labels, style, time_series
from perfmon_analyze.plots.canvas import open_canvas
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.data.line_plot import LinePlot
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Trace


def drawing(plot: LinePlot, data: Callable[..., list[Trace]]) -> Callable[..., Figure]:
    """The function that draws it: of runs, a stage and `options`; it raises what `data` raises."""

    def draw(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
        traces = data(runs, stage, options=options)
        _, unit = labels.time_unit(traces)
        size, size_name = plot.scale(traces)
        with open_canvas(captions.title(plot.title, stage), options) as canvas:
            (axes,) = canvas.panels[0]
            time_series.lines(canvas, axes, traces, style.model_styles(runs, options), every=traces, per=size)
            axes.set(xlabel=f"Time elapsed ({unit})", ylabel=plot.label.format(unit=size_name))
            time_series.fit(axes, traces, "")
            canvas.note(plot.note)
            captions.add_provenance(canvas, traces, options)
        return canvas.figure

    return draw
