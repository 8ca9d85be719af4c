"""The data of the plot of memory over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.series import gpu, memory, select
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Trace


def memory_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> dict[str, list[Trace]]:
    """The traces of a stage in bytes, by panel: `VRAM` and `RAM`.

    Raises:
        NothingToDraw: neither was recorded.
    """
    chosen = select.recordings_for_hardware(runs, stage)
    ram = memory.ram_bytes(memory.ram_column(runs, chosen, options.scope))
    sides = {"VRAM": gpu.vram_bytes, "RAM": ram}
    found = {name: select.traces(runs, chosen, measure, options) for name, measure in sides.items()}
    if not any(found.values()):
        raise select.NothingToDraw(f"no VRAM or RAM samples of stage {stage}")
    return found
