"""Disk over time: what the watched folders of a stage grew by, a line per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.plots import captions, labels, style, time_series
from perfmon_analyze.plots.canvas import open_canvas
from perfmon_analyze.plots.data.disk import disk_data
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options


def disk_usage(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
    """What all watched folders grew by since the beginning, in GB, as recorded.

    Raises:
        NothingToDraw: no folder was scanned in this stage.
    """
    traces = disk_data(runs, stage, options=options)
    _, unit = labels.time_unit(traces)
    size, size_name = labels.size_unit(traces)
    with open_canvas(captions.title("Disk usage", stage), options) as canvas:
        (axes,) = canvas.panels[0]
        time_series.lines(canvas, axes, traces, style.model_styles(runs, options), every=traces, per=size)
        axes.set(xlabel=f"Time elapsed ({unit})", ylabel=f"Cumulative disk usage ({size_name})")
        time_series.fit(axes, traces, "")
        canvas.note("growth of the watched folders in total, as recorded")
        captions.add_provenance(canvas, traces, options)
    return canvas.figure
