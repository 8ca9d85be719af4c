"""Places a grid of panels in a figure with just the margins that their labels need.

Matplotlib's constrained layout does the same and more, but measures every text four times for each picture written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perfmon_analyze.derive.arrays import Array

_PAD = 0.1  # inches between labels and whatever is beside them


def arrange(figure: Figure, panels: np.ndarray[Any, Any], *, below: float, above: float) -> None:
    """Place the panels, rows by columns; `below` and `above` are the heights of legend and header in inches.

    The labels' extents are measured once, with the panels about as large as they will be.
    """
    width, height = figure.get_size_inches()
    figure.subplots_adjust(bottom=(below + 0.5) / height, top=1 - (above + 0.3) / height, left=0.1, right=0.97)
    out = np.array([[_label_extents(axes) for axes in row] for row in panels])
    left, bottom, right, top = (out[..., side] for side in range(4))
    across = _spread(width, left.max(axis=0), right.max(axis=0))
    upward = _spread(height - below - above, bottom.max(axis=1)[::-1], top.max(axis=1)[::-1])
    figure.subplots_adjust(
        left=across[0] / width,
        right=1 - across[1] / width,
        bottom=(below + upward[0]) / height,
        top=1 - (above + upward[1]) / height,
        wspace=across[2],
        hspace=upward[2],
    )


def _spread(length: float, before: Array, after: Array) -> tuple[float, float, float]:
    """The first and the last margin in inches, and the gap between panels in lengths of one panel."""
    gap = float((after[:-1] + before[1:]).max(initial=0.0)) + 2 * _PAD
    first, last = float(before[0]) + _PAD, float(after[-1]) + _PAD
    panel = (length - first - last - gap * (len(before) - 1)) / len(before)
    return first, last, gap / panel


def _label_extents(axes: Axes) -> list[float]:
    """How far labels extend beyond a panel to the left, below, to the right and above, in inches."""
    inner, outer = axes.get_window_extent(), axes.get_tightbbox()
    if outer is None:
        return [0.0] * 4
    sides = (inner.x0 - outer.x0, inner.y0 - outer.y0, outer.x1 - inner.x1, outer.y1 - inner.y1)
    return [max(side, 0.0) / axes.figure.dpi for side in sides]
