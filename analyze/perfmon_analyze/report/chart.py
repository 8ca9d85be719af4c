"""What a chart of the page is: panels, what is drawn in them, and the same in figures for who cannot see it."""

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
_ON_DARK = 0.4  # share of white with which a colour is seen on dark ground, as in plots/canvas.py


class Asked(NamedTuple):
    """A chart that is wanted: of these runs, by its plot's name, for one stage or model."""

    runs: Runs
    name: str
    subject: str
    options: Options

    @property
    def styles(self) -> Styles:
        """How models are drawn."""
        return style.model_styles(self.runs, self.options)


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One axis: its label, the unit that follows each value, and its kind.

    `per` is how many seconds make one of a time axis. `names` are the places of an axis of names.
    """

    label: str
    unit: str = ""
    kind: str = NUMBER
    per: float = 1.0
    log: bool = False
    range: tuple[float, float] | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Group:
    """What can be switched on and off as one: an entry of the legend."""

    label: str
    colour: str
    dash: str = "solid"
    symbol: str = "circle"
    pattern: str = ""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something drawn in a panel: `kind` is one of the shapes in draw.js.

    Arrays are in the units of the axes. `told` is what hovering says in place of the group's label.
    """

    kind: str
    group: Group
    x: Array
    y: Array
    told: str = ""
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
class Table:
    """A chart in figures."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One plot of the specification: its panels row by row, `columns` beside each other where there is room."""

    name: str
    title: str
    panels: Sequence[Panel]
    table: Table
    columns: int = 1
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()

    @property
    def groups(self) -> list[Group]:
        """The entries of its legend."""
        return list(dict.fromkeys(mark.group for panel in self.panels for mark in panel.marks))

    def as_json(self, arrays: Arrays) -> dict[str, Any]:
        """What the page's script draws; the numbers go to `arrays`."""
        groups = self.groups
        return {
            "groups": [asdict(group) | {"dark": lighter(group.colour, _ON_DARK)} for group in groups],
            "panels": [_panel(panel, groups, arrays) for panel in self.panels],
        }


def _panel(panel: Panel, groups: Sequence[Group], arrays: Arrays) -> dict[str, Any]:
    return {
        "title": panel.title,
        "x": asdict(panel.x),
        "y": asdict(panel.y),
        "marks": [
            {"kind": m.kind, "group": groups.index(m.group), "x": arrays.add(m.x), "y": arrays.add(m.y)}
            | {"told": m.told, "box": m.box}
            for m in panel.marks
        ],
    }
