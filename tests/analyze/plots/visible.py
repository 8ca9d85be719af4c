"""What can be seen of a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure


def labels(axes: Axes) -> tuple[str, str]:
    """What the axes are called."""
    return axes.get_xlabel(), axes.get_ylabel()


def legend(figure: Figure) -> list[str]:
    """The entries of the legend."""
    return [text.get_text() for own in figure.legends for text in own.get_texts()]


def header(figure: Figure) -> str:
    """All that is written above the panels."""
    return "\n".join(text.get_text() for text in figure.texts)


def lines(axes: Axes) -> list[tuple[list[float], list[float]]]:
    """X and y of each line, without the breaks."""
    found = [(np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)) for line in axes.get_lines()]
    return [(list(x[~np.isnan(y)]), list(y[~np.isnan(y)])) for x, y in found]


def unreadable(figure: Figure) -> list[str]:
    """Texts that are cut off by the figure's edge, or overlap one another."""
    figure.draw_without_rendering()
    beyond = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in _beyond(axis)}
    boxes = [(text.get_text(), text.get_window_extent()) for text in figure.findobj(Text) if _shown(text, beyond)]
    page = figure.bbox
    cut = [t for t, b in boxes if b.x0 < -1 or b.y0 < -1 or b.x1 > page.x1 + 1 or b.y1 > page.y1 + 1]
    overlapping = [
        f"{one} / {other}"
        for i, (one, a) in enumerate(boxes)
        for other, b in boxes[i + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]
    return cut + overlapping


def over_data(figure: Figure) -> list[str]:
    """Legends and header texts that reach into a panel."""
    panels = [axes.get_window_extent() for axes in figure.axes]
    outside: list[Any] = [*figure.legends, *figure.texts]
    return [str(artist) for artist in outside for panel in panels if artist.get_window_extent().overlaps(panel)]


def _shown(text: Text, beyond: set[Text]) -> bool:
    return text.get_visible() and bool(text.get_text().strip()) and text not in beyond


def _beyond(axis: Axis) -> list[Text]:
    """Labels of ticks outside the view, which exist but are not drawn."""
    low, high = sorted(axis.get_view_interval())
    return [tick.label1 for tick in axis.get_major_ticks() if not low - 1e-9 <= tick.get_loc() <= high + 1e-9]
