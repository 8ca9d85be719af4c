"""Rows of the tables: a quantity, each tool's median of it with its spread, and perfmon's own target."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

from benchmark_suite.tools import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SCALES = {"ms": 1e3, "us": 1e6, "s": 1.0, "%": 100.0, "MiB": 2**-20, "B": 1.0, "x": 1.0}
_OURS = NAMES[0]


class Spread(NamedTuple):
    """A median, and half the distance of the quartiles."""

    median: float
    half: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of these values; of a single one, no spread is known and it is 0."""
        if len(values) < 2:
            return cls(values[0], 0.0)
        low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(middle, (high - low) / 2)


class Row(NamedTuple):
    """A quantity in base units; a tool that is not in `values` cannot do it."""

    what: str
    unit: str
    values: Mapping[str, Spread]
    target: float | None = None

    @property
    def verdict(self) -> str:
        """Whether perfmon's target is met; nothing where there is none, or nothing was measured."""
        if self.target is None or _OURS not in self.values:
            return ""
        return "met" if abs(self.values[_OURS].median) <= self.target else "**missed**"


def table(rows: Iterable[Row], *, names: Sequence[str] = NAMES) -> str:
    """Rows as a table in Markdown, perfmon first with its target."""
    others = [name for name in names if name != _OURS]
    heads = ["", _OURS, "target", "", *others]
    lines = [f"| {' | '.join(heads)} |", "| --- | ---: | ---: | --- |" + " ---: |" * len(others)]
    for row in rows:
        target = "" if row.target is None else _number(row.target, row.unit)
        cells = [f"{row.what}, {_unit(row.unit)}", _cell(row, _OURS), target, row.verdict]
        lines.append(f"| {' | '.join([*cells, *(_cell(row, name) for name in others)])} |")
    return "\n".join(lines) + "\n"


def plain_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown: words to the left, all else to the right."""
    rule = "| --- |" + " ---: |" * (len(heads) - 1)
    return "\n".join([f"| {' | '.join(heads)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _unit(unit: str) -> str:
    return {"x": "times bare", "us": "µs"}.get(unit, unit)


def _cell(row: Row, name: str) -> str:
    if name not in row.values:
        return "-"
    median, half = row.values[name]
    spread = f" ± {_number(half, row.unit)}" if half else ""
    return _number(median, row.unit) + spread


def _number(value: float, unit: str) -> str:
    """Three digits, or all that stand before the point; what rounds to nothing is 0."""
    scaled = value * _SCALES[unit]
    if abs(scaled) >= 100:
        return f"{scaled:,.0f}"
    digits = 1 if abs(scaled) >= 10 else 2
    return f"{scaled:.{digits}f}"
