"""Draws a panel with lines over time, or one without data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from perfmon_analyze.derive import gaps
from perfmon_analyze.plots import labels
from perfmon_analyze.plots.downsample import downsample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.plots.canvas import Canvas
    from perfmon_analyze.plots.downsample import DownsampledLine
    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.series.trace import Trace

_MEANS = "pale: from the lowest to the highest of dense samples, dark: their mean"
_MARKERS = 7  # along a line, so that it can be told from others in grey print
_DASHES = ("-", (0, (6, 1.5)), (0, (4, 1, 1, 1)), (0, (8, 1, 1, 1, 1, 1)))  # one for each GPU


def lines(
    canvas: Canvas, axes: Axes, traces: Sequence[Trace], styles: Styles, *, every: Sequence[Trace], per: float
) -> None:
    """Draw a line for each trace in the colour of its model; values are divided by `per`, the y-axis' unit.

    `every` are all traces of the figure: they decide on the unit of time, and on which lines are dotted.
    """
    seconds, _ = labels.time_unit(every)
    gpus = sorted({trace.gpu for trace in traces if trace.gpu})
    for trace, label in zip(traces, labels.group_labels(traces, styles), strict=True):
        style = styles[trace.recording.model]
        colour = canvas.on_background(style.colour)
        drawn = _reduced(trace, canvas.pixels[0])
        t, values = drawn.t, drawn.values
        if len(drawn.means):
            axes.plot(t / seconds, values / per, color=canvas.tint(colour), zorder=2.5)
            t, values = drawn.means_t, drawn.means
            canvas.note(_MEANS)
        dashes: Any = _DASHES[gpus.index(trace.gpu) % len(_DASHES)] if trace.gpu else "-"
        (line,) = axes.plot(t / seconds, values / per, color=colour, label=label)
        line.set_linestyle(":" if labels.is_dotted(trace, every) else dashes)
        line.set(
            marker=style.marker,
            markevery=_marked(t, values),
            markersize=5,
            markerfacecolor=axes.get_facecolor(),
            zorder=3,
        )
        canvas.entry(label, line)
        canvas.note(trace.note)


def _reduced(trace: Trace, columns: int) -> DownsampledLine:
    t, values = trace.t, trace.values
    if not trace.gaps_marked:
        t, values = gaps.with_gaps(t, values, trace.recording.interval)
    return downsample(t, values, columns)


def fit(axes: Axes, traces: Sequence[Trace], reason: str) -> None:
    """Let both axes begin at 0; a panel without traces shows the reason instead."""
    if not traces:
        return empty(axes, reason)
    axes.set_xlim(0, max(axes.get_xlim()[1], 1e-9))
    axes.set_ylim(0, max(axes.get_ylim()[1], 1e-9))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 2.5, 5, 10]))
    return None


def empty(axes: Axes, reason: str) -> None:
    """Show the reason in a panel without data."""
    axes.text(0.5, 0.5, reason, transform=axes.transAxes, ha="center", va="center", alpha=0.75, wrap=True)
    axes.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False)
    axes.grid(visible=False)


def _marked(t: Array, values: Array) -> list[int]:
    """The places of markers: evenly along the line, and at samples between two NaNs, which no line shows."""
    known = np.flatnonzero(~np.isnan(values))
    padded = np.concatenate(([True], np.isnan(values), [True]))
    alone = [int(i) for i in known if padded[i] and padded[i + 2]]
    if not len(known):
        return []
    even = np.linspace(t[known[0]], t[known[-1]], _MARKERS + 1)
    return sorted({*alone, *(int(known[min(np.searchsorted(t[known], at), len(known) - 1)]) for at in even)})
