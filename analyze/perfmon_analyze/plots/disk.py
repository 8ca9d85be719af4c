"""Disk over time: what the watched folders of a stage grew by, a line per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.plots import captions, style, time_series
from perfmon_analyze.plots.canvas import sheet
from perfmon_analyze.series import disk, select
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Trace


def disk_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> list[Trace]:
    """The disk growth traces of a stage.

    Raises:
        NothingToDraw: no folder was scanned.
    """
    found = select.traces(runs, select.hardware(runs, stage), disk.disk_growth_bytes, options)
    if not found:
        raise select.NothingToDraw(f"no watched folder in stage {stage}")
    return found


def disk_usage(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
    """What all watched folders grew by since the beginning, in GB, as recorded.

    Raises:
        NothingToDraw: no folder was scanned in this stage.
    """
    traces = disk_data(runs, stage, options=options)
    _, unit = time_series.time_unit(traces)
    size, size_name = time_series.size_unit(traces)
    with sheet(captions.title("Disk usage", stage), options) as page:
        (axes,) = page.panels[0]
        time_series.lines(page, axes, traces, style.model_styles(runs, options), every=traces, per=size)
        axes.set(xlabel=f"Time elapsed ({unit})", ylabel=f"Cumulative disk usage ({size_name})")
        time_series.fit(axes, traces, "")
        page.note("growth of the watched folders in total, as recorded")
        captions.origin(page, traces, options)
    return page.figure
