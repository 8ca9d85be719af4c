"""Inference with and without detectors, side by side, for one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon.store import layout
from perfmon_analyze.plots import captions, labels, style, time_series
from perfmon_analyze.plots.canvas import open_canvas
from perfmon_analyze.plots.data.comparison import SIDES, comparison_data, side_styles
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.data.comparison import PanelRow
    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.series.options import Options


def inference_comparison(runs: Runs, model: str, *, options: Options = DEFAULT) -> Figure:
    """CPU, GPU, RAM, VRAM and disk over time, with detectors (left) and without (right); a row shares its y-axis.

    Raises:
        NothingToDraw: the model has no inference with detectors, or no baseline.
    """
    rows = comparison_data(runs, layout.slug(model), options=options)
    every = [trace for row in rows for side in row.sides for trace in side]
    styles = style.model_styles(runs, options)
    _, unit = labels.time_unit(every)
    title = f"Inference with and without detectors: {_label(rows, styles, model)}"
    with open_canvas(title, options, rows=5, columns=2, size=(10, 11.5), share=True) as canvas:
        for axes, row in zip(canvas.panels, rows, strict=True):
            axes[0].set_ylabel(row.label)
            for place, side in enumerate(row.sides):
                style_of_side = side_styles(styles, list(SIDES)[place])
                time_series.lines(canvas, axes[place], side, style_of_side, every=every, per=row.per)
                if not side:
                    time_series.empty(axes[place], captions.missing_text(row.what))
            _limit(axes[0], percent="%" in row.label)
        for axes, side_title in zip(canvas.panels[0], SIDES.values(), strict=True):
            axes.set_title(side_title)
        for axes in canvas.panels[-1]:
            axes.set_xlabel(f"Time ({unit})")
        captions.add_notes(canvas, every, options)
    return canvas.figure


def _limit(axes: Axes, *, percent: bool) -> None:
    axes.set_xlim(left=0)
    axes.set_ylim(0, 105 if percent else max(axes.get_ylim()[1], 1e-9))


def _label(rows: Sequence[PanelRow], styles: Styles, model: str) -> str:
    found = [trace.recording.model for row in rows for side in row.sides for trace in side]
    return styles[found[0]].label if found else model
