"""Memory over time: VRAM and RAM of a stage, a line per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.plots import captions, labels, style, time_series
from perfmon_analyze.plots.canvas import open_canvas
from perfmon_analyze.plots.data.memory import memory_data
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options


def memory_usage(runs: Runs, stage: str, *, options: Options = DEFAULT) -> Figure:
    """VRAM (left) and RAM (right) in GB over the time elapsed since each recording's own beginning.

    Raises:
        NothingToDraw: neither was recorded in this stage.
    """
    sides = memory_data(runs, stage, options=options)
    every = [trace for traces in sides.values() for trace in traces]
    _, unit = labels.time_unit(every)
    with open_canvas(captions.title("Memory usage", stage), options, columns=2, size=(10, 3.8)) as canvas:
        for axes, (name, traces) in zip(canvas.panels[0], sides.items(), strict=True):
            size, size_name = labels.size_unit(traces)
            axes.set_title(name + captions.stand_in_suffix(traces))
            time_series.lines(canvas, axes, traces, style.model_styles(runs, options), every=every, per=size)
            axes.set(xlabel=f"Time elapsed ({unit})", ylabel=f"{name} ({size_name})")
            time_series.fit(axes, traces, captions.missing_text(name))
        captions.add_notes(canvas, every, options)
    return canvas.figure
