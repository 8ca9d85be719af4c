"""A comparison as a figure: B as a multiple of A, quantity by quantity, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from perfmon_analyze.compare.tables import heading, percent
from perfmon_analyze.plots.canvas import open_canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perfmon_analyze.compare.comparison import Comparison, ComparisonRow
    from perfmon_analyze.plots.canvas import Canvas
    from perfmon_analyze.series.options import Options


class _VerdictStyle(NamedTuple):
    colour: str
    marker: str
    filled: bool
    label: str


# Okabe and Ito, "Color Universal Design"; the markers tell them apart in grey print.
_STYLES = {
    "worse": _VerdictStyle("#d55e00", "v", True, "worse"),
    "better": _VerdictStyle("#009e73", "^", True, "better"),
    "more": _VerdictStyle("#0072b2", "o", True, "more or less; neither is better by itself"),
    "less": _VerdictStyle("#0072b2", "o", True, "more or less; neither is better by itself"),
    "not shown": _VerdictStyle("#666666", "o", False, "no difference shown"),
    "no interval": _VerdictStyle("#666666", "x", True, "no interval"),
}
_ROW_INCHES = 0.27


def figure(comparisons: Sequence[Comparison], options: Options) -> Figure:
    """Draw a panel for each comparison, one below the other.

    A row is left out where a side is 0 or less: the other is no multiple of it.
    """
    most = max(len(_drawable_rows(one)) for one in comparisons)
    size = (7.5, len(comparisons) * (_ROW_INCHES * most + 0.9))
    with open_canvas("What differs", options, rows=len(comparisons), size=size) as canvas:
        for comparison, axes in zip(comparisons, canvas.panels[:, 0], strict=True):
            _panel(canvas, axes, comparison)
        canvas.note("bars are 95 % intervals")
        _add_notes(canvas, comparisons)
    return canvas.figure


def _drawable_rows(comparison: Comparison) -> list[ComparisonRow]:
    return [row for row in comparison.rows if row.difference.a > 0 and row.difference.b > 0]


def _panel(canvas: Canvas, axes: Axes, comparison: Comparison) -> None:
    rows = _drawable_rows(comparison)
    axes.axvline(1, color=axes.spines["bottom"].get_edgecolor(), linewidth=1)
    for place, row in enumerate(rows):
        _mark(canvas, axes, place, row)
    _multiples(axes)
    axes.set_yticks(range(len(rows)), [f"{row.name}   {percent(row.difference)}" for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_title(heading(comparison))
    axes.set_xlabel("B as a multiple of A")
    axes.grid(visible=False, axis="y")


def _multiples(axes: Axes) -> None:
    """Set a logarithmic scale around 1: a half is as far from 1 as a double."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    low, high = min(low, 0.8), max(high, 1.25)
    axes.set_xlim(low, high)
    steps = (1, 1.2, 1.5, 2, 3, 5, 7, 8, 9) if high < 8 * low else (1, 2, 5)
    axes.xaxis.set_major_locator(LogLocator(subs=steps))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def _mark(canvas: Canvas, axes: Axes, place: int, row: ComparisonRow) -> None:
    style, found = _STYLES[row.verdict], row.difference
    colour = canvas.on_background(style.colour)
    if found.low is not None and found.high is not None:
        ends = [max(1 + end / found.a, 1e-3) for end in (found.low, found.high)]  # less than nothing there cannot be
        axes.plot(ends, [place, place], color=colour, solid_capstyle="butt", linewidth=6, alpha=0.4)
    (point,) = axes.plot([found.b / found.a], [place], style.marker, color=colour, linestyle="none", markersize=4.5)
    if not style.filled:
        point.set_markerfacecolor(axes.get_facecolor())
    canvas.entry(style.label, point)


def _add_notes(canvas: Canvas, comparisons: Sequence[Comparison]) -> None:
    """Add the notes that a figure needs when it is seen without its text."""
    for text in dict.fromkeys(note for one in comparisons for note in one.notes):
        if text.startswith("this is "):
            canvas.mark(text.removeprefix("this is ").partition(":")[0].upper())
        elif text.startswith(("one run a side", "a side of one run", "compared although")):
            canvas.note(text.partition(";")[0])
