"""The data of the plot of disk usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.plots import labels
from perfmon_analyze.plots.data.line_plot import LinePlot
from perfmon_analyze.series import disk, select
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Trace

DISK_USAGE = LinePlot(
    "Disk",
    "Disk usage",
    "Cumulative disk usage ({unit})",
    labels.size_unit,
    "growth of the watched folders in total, as recorded",
)


def disk_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> list[Trace]:
    """The disk growth traces of a stage, in bytes.

    Raises:
        NothingToDraw: no folder was scanned.
    """
    found = select.traces(runs, select.recordings_for_hardware(runs, stage), disk.disk_growth_bytes, options)
    if not found:
        raise select.NothingToDraw(f"no watched folder in stage {stage}")
    return found
