"""The parts of a chart on the page: panels, the marks in them, and a table of their statistics."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon_analyze.plots import style
from perfmon_analyze.plots.colours import lighter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.report.arrays import Arrays
    from perfmon_analyze.series.options import Options

TIME, NUMBER, WHOLE, NAMES = "time", "number", "whole", "names"  # kinds of axis
_ON_DARK = 0.4  # share of white in a colour on a dark background, as in plots/canvas.py


class ChartRequest(NamedTuple):
    """A request for a chart: the runs, the full name of its plot, and the stage or model that it is about."""

    runs: Runs
    name: str
    subject: str
    options: Options

    @property
    def styles(self) -> Styles:
        """The style of each model."""
        return style.model_styles(self.runs, self.options)


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One axis: its label, the unit that follows each value, and its kind.

    `per` is the unit of a time axis in seconds. `names` are the categories of an axis of names.
    """

    label: str
    unit: str = ""
    kind: str = NUMBER
    per: float = 1.0
    log: bool = False
    range: tuple[float, float] | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LegendEntry:
    """An entry of the legend: the marks that are shown and hidden together."""

    label: str
    colour: str
    dash: str = "solid"
    symbol: str = "circle"
    pattern: str = ""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something drawn in a panel: `kind` is one of the shapes in draw.js.

    Arrays are in the units of the axes. `hover` is the text when hovering, if not the group's label.
    """

    kind: str
    group: LegendEntry
    x: Array
    y: Array
    hover: str = ""
    box: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One pair of axes; `empty` says why nothing is drawn in it."""

    title: str
    x: Axis
    y: Axis
    marks: Sequence[Mark] = ()
    empty: str = ""


@dataclass(frozen=True, kw_only=True)
class ChartTable:
    """A chart as a table of text."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One plot of the specification: its panels row by row, `columns` beside each other where there is room."""

    name: str
    title: str
    panels: Sequence[Panel]
    table: ChartTable
    columns: int = 1
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()

    @property
    def groups(self) -> list[LegendEntry]:
        """The entries of its legend."""
        return list(dict.fromkeys(mark.group for panel in self.panels for mark in panel.marks))

    def as_json(self, arrays: Arrays) -> dict[str, Any]:
        """The chart as JSON for the page's script; its numbers are added to `arrays`."""
        groups = self.groups
        return {
            "groups": [asdict(group) | {"dark": lighter(group.colour, _ON_DARK)} for group in groups],
            "panels": [_panel(panel, groups, arrays) for panel in self.panels],
        }


def _panel(panel: Panel, groups: Sequence[LegendEntry], arrays: Arrays) -> dict[str, Any]:
    return {
        "title": panel.title,
        "x": asdict(panel.x),
        "y": asdict(panel.y),
        "marks": [
            {"kind": m.kind, "group": groups.index(m.group), "x": arrays.add(m.x), "y": arrays.add(m.y)}
            | {"told": m.hover, "box": m.box}
            for m in panel.marks
        ],
    }
