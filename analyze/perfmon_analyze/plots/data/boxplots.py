"""The data of the box plots of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.series import gpu, memory, peak_memory, select
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.pooling import SampleGroup
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Trace


def vram_box_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> list[Trace]:
    """The VRAM traces of a stage, in bytes.

    Raises:
        NothingToDraw: no VRAM was recorded.
    """
    return _some(
        select.traces(runs, select.recordings_for_hardware(runs, stage), gpu.vram_bytes, options), "VRAM", stage
    )


def ram_box_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> list[Trace]:
    """The RAM traces of a stage in bytes, all of one measure.

    Raises:
        NothingToDraw: no RAM was recorded.
    """
    chosen = select.recordings_for_hardware(runs, stage)
    measure = memory.ram_bytes(memory.ram_column(runs, chosen, options.scope))
    return _some(select.traces(runs, chosen, measure, options), "RAM", stage)


def _some(traces: list[Trace], what: str, stage: str) -> list[Trace]:
    if not traces:
        raise select.NothingToDraw(f"no {what} samples of stage {stage}")
    return traces


def exact_peak(runs: Runs, group: SampleGroup, what: str, options: Options) -> list[float]:
    """The exact peak of RAM of a group's recordings in bytes: one value, or its lower and its upper bound.

    Empty if the kernel's high-water marks do not tell it, and for `what` other than `RAM`.
    """
    if what != "RAM" or options.scope != "job" or options.phase:
        return []
    known = [bounds for recording in group.recordings if (bounds := peak_memory.peak_bounds(runs, recording))]
    if len(known) < len(group.recordings):
        return []
    return sorted({max(sides) for sides in zip(*known, strict=True)})
