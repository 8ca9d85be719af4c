"""The data of the plots of GPU and CPU utilization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.series import cpu, gpu, select
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Measure, Trace

EDGES = np.linspace(0, 100, 51)  # of the histograms: bars of 2 %


def gpu_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> list[Trace]:
    """The GPU utilization traces of a stage, in percent.

    Raises:
        NothingToDraw: no GPU utilization was recorded.
    """
    return _some(runs, stage, gpu.gpu_percent, options, "GPU utilization")


def cpu_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> list[Trace]:
    """The CPU utilization traces of a stage, in percent.

    Raises:
        NothingToDraw: no CPU utilization was recorded.
    """
    return _some(runs, stage, cpu.cpu_percent, options, "CPU utilization")


def _some(runs: Runs, stage: str, measure: Measure, options: Options, what: str) -> list[Trace]:
    found = select.traces(runs, select.recordings_for_hardware(runs, stage), measure, options)
    if not found:
        raise select.NothingToDraw(f"no {what} samples of stage {stage}")
    return found
