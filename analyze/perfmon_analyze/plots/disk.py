"""Disk over time: what the watched folders of a stage grew by, a line per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze import choice, measures, panels
from perfmon_analyze.options import DEFAULT
from perfmon_analyze.sheet import sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perfmon_analyze.measures import Trace
    from perfmon_analyze.options import Options
    from perfmon_analyze.runs import Runs


def disk_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> list[Trace]:
    """The disk growth traces of a stage.

    Raises:
        NothingToDraw: no folder was scanned.
    """
    found = choice.traces(runs, choice.hardware(runs, stage), measures.disk_growth_bytes, options)
    if not found:
        raise choice.NothingToDraw(f"no watched folder in stage {stage}")
    return found


def disk_usage(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
    """What all watched folders grew by since the beginning, in GB, as recorded.

    Raises:
        NothingToDraw: no folder was scanned in this stage.
    """
    traces = disk_data(runs, stage, options=options)
    _, unit = panels.time_unit(traces)
    size, size_name = panels.size_unit(traces)
    with sheet(choice.title("Disk usage", stage), options) as page:
        (axes,) = page.panels[0]
        panels.lines(page, axes, traces, choice.styles(runs, options), every=traces, per=size)
        axes.set(xlabel=f"Time elapsed ({unit})", ylabel=f"Cumulative disk usage ({size_name})")
        panels.fit(axes, traces, "")
        page.note("growth of the watched folders in total, as recorded")
        choice.origin(page, traces, options)
    return page.figure
