"""What was learned: loss and the other metrics of a training stage, a line per layer or run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from perfmon_analyze.derive import statistics
from perfmon_analyze.plots import captions, curve_styles, style, time_series
from perfmon_analyze.plots.canvas import open_canvas
from perfmon_analyze.plots.data.training import METRICS, dynamics_data, loss_data
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.canvas import Canvas
    from perfmon_analyze.plots.curve_styles import CurveStyle
    from perfmon_analyze.series.curves import Curve
    from perfmon_analyze.series.options import Options

_LOSS = "Training loss"
_MARKERS = 25  # along one curve


def training_loss(runs: Runs, stage: str = "training", *, options: Options = DEFAULT) -> Figure:
    """Loss by epoch, a line for each layer or run; the scale is logarithmic if it spreads over more than ten times.

    Raises:
        NothingToDraw: no loss was logged in this stage.
    """
    found = loss_data(runs, stage, options=options)
    styled = curve_styles.curve_styles(found, style.model_styles(runs, options))
    with open_canvas(captions.title("Training loss", stage), options) as canvas:
        (axes,) = canvas.panels[0]
        named = [f"{curve_style.label}: {_final(curve):.4g}" for curve, curve_style in zip(found, styled, strict=True)]
        _draw(canvas, axes, found, styled, named)
        axes.set_ylabel(_LOSS)
        canvas.note("the legend gives the final value")
        captions.add_recording_provenance(canvas, [curve.recording for curve in found], options)
    return canvas.figure


def training_dynamics(runs: Runs, stage: str = "training", *, options: Options = DEFAULT) -> Figure:
    """Loss, R², dead features and L1 by epoch, each on an axis of its own; a layer has the same colour in all.

    Raises:
        NothingToDraw: none of them was logged in this stage.
    """
    found = dynamics_data(runs, stage, options=options)
    styles = style.model_styles(runs, options)
    every = {_key(curve): curve for curves_of_metric in found.values() for curve in curves_of_metric}
    keys = [_key(curve) for curve in curve_styles.ordered(every.values(), styles)]
    styled = dict(zip(keys, curve_styles.curve_styles([every[key] for key in keys], styles), strict=True))
    with open_canvas(captions.title("Training dynamics", stage), options, rows=2, columns=2, size=(10, 6.4)) as canvas:
        for axes, (name, label) in zip(canvas.panels.flat, METRICS.items(), strict=True):
            curves_of_metric = [styled[_key(curve)] for curve in found[name]]
            _draw(canvas, axes, found[name], curves_of_metric, [curve_style.label for curve_style in curves_of_metric])
            axes.set_ylabel(label)
            if not found[name]:
                time_series.empty(axes, f"{name} was not logged")
        captions.add_recording_provenance(canvas, [curve.recording for curve in every.values()], options)
    return canvas.figure


def _draw(
    canvas: Canvas, axes: Axes, found: Sequence[Curve], styled: Sequence[CurveStyle], labels: Sequence[str]
) -> None:
    for curve, curve_style, label in zip(found, styled, labels, strict=True):
        step = max(1, len(curve.x) // _MARKERS)
        colour = canvas.on_background(curve_style.colour)
        (line,) = axes.plot(curve.x, curve.values, color=colour, marker=curve_style.marker, markevery=step, label=label)
        line.set_markersize(4)
        canvas.entry(label, line)
    if found and statistics.needs_log_scale(np.concatenate([curve.values for curve in found])):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(found[0].x_name if found else "Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _key(curve: Curve) -> tuple[int, str | None]:
    return id(curve.recording), curve.series


def _final(curve: Curve) -> float:
    return float(curve.values[-1])
