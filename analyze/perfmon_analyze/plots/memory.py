"""Memory over time: VRAM and RAM of a stage, a line per model."""

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


def memory_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> dict[str, list[Trace]]:
    """The VRAM and RAM traces of a stage.

    Raises:
        NothingToDraw: neither was recorded.
    """
    chosen = choice.hardware(runs, stage)
    ram = measures.ram_bytes(measures.ram_column(runs, chosen, options.scope))
    sides = {"VRAM": measures.vram_bytes, "RAM": ram}
    found = {name: choice.traces(runs, chosen, measure, options) for name, measure in sides.items()}
    if not any(found.values()):
        raise choice.NothingToDraw(f"no VRAM or RAM samples of stage {stage}")
    return found


def memory_usage(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
    """VRAM (left) and RAM (right) in GB over the time elapsed since each recording's own beginning.

    Raises:
        NothingToDraw: neither was recorded in this stage.
    """
    sides = memory_data(runs, stage, options=options)
    every = [trace for traces in sides.values() for trace in traces]
    _, unit = panels.time_unit(every)
    with sheet(choice.title("Memory usage", stage), options, columns=2, size=(10, 3.8)) as page:
        for axes, (name, traces) in zip(page.panels[0], sides.items(), strict=True):
            size, size_name = panels.size_unit(traces)
            axes.set_title(name + choice.made(traces))
            panels.lines(page, axes, traces, choice.styles(runs, options), every=every, per=size)
            axes.set(xlabel=f"Time elapsed ({unit})", ylabel=f"{name} ({size_name})")
            panels.fit(axes, traces, choice.missing(name))
        choice.tell(page, runs, every, options, ram=bool(sides["RAM"]))
    return page.figure
