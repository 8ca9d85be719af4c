"""A legend has as many columns as fit, however many entries there are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from perfmon_analyze.plots.canvas import open_canvas, style_context
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from matplotlib.legend import Legend


def width(figure: Figure, columns: int) -> float:
    """How wide the figure's legend would be in so many columns, in pixels."""
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    lines = [Line2D([], []) for _ in labels]
    other: Legend = figure.legend(lines, labels, loc="lower center", ncols=columns, handlelength=2.6)
    extent = float(other.get_window_extent().width)
    other.remove()
    return extent


@pytest.mark.parametrize("letters", [1, 9, 20, 60])
@pytest.mark.parametrize("count", [1, 3, 8, 9, 61])
def test_as_many_columns_as_fit(monkeypatch: pytest.MonkeyPatch, count: int, letters: int) -> None:
    """Eight at most; no legend is made in vain but the first, which tells how wide the entries are."""
    made: list[int] = []
    make = Figure.legend

    def counted(*own: Any, **how: Any) -> Legend:
        made.append(how["ncols"])
        return make(*own, **how)

    monkeypatch.setattr(Figure, "legend", counted)
    with open_canvas("", DEFAULT) as page:
        for number in range(count):
            page.entry("m" * letters + str(number), Line2D([], []))
    monkeypatch.undo()

    room = (page.figure.get_size_inches()[0] - 0.2) * page.figure.dpi
    possible = [math.ceil(count / rows) for rows in range(math.ceil(count / 8), count + 1)]
    with style_context(DEFAULT.style):
        fits = [number for number in possible if width(page.figure, number) < room]
    assert made[-1] == (fits or [1])[0]
    assert len(made) <= 2
