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
    """A quantity in base units; a tool that is not in `values` cannot do it.

    `pace` is how many times as long another tool takes here as where the target was set.
    """

    what: str
    unit: str
    values: Mapping[str, Spread]
    target: float | None = None
    pace: float | None = None

    @property
    def target_here(self) -> float | None:
        """The target for a machine as fast as this one."""
        return self.target * self.pace if self.target is not None and self.pace is not None else None

    def verdict(self, target: float | None) -> str:
        """A target and whether perfmon meets it; nothing where there is none, or nothing was measured."""
        if target is None or _OURS not in self.values:
            return ""
        met = "met" if abs(self.values[_OURS].median) <= target else "**missed**"
        return f"{_number(target, self.unit)} {met}"


def table(rows: Iterable[Row], *, names: Sequence[str] = NAMES) -> str:
    """Rows as a table in Markdown, perfmon first with its target."""
    others = [name for name in names if name != _OURS]
    rows = list(rows)
    heads = ["", _OURS, "target", "at this pace"][: 4 if any(row.pace for row in rows) else 3]
    lines = [" | ".join([*heads, *others]), " | ".join(["---", *["---:"] * (len(heads) - 1 + len(others))])]
    for row in rows:
        cells = [f"{row.what}, {_unit(row.unit)}", _cell(row, _OURS)]
        cells += [row.verdict(target) for target in (row.target, row.target_here)][: len(heads) - 2]
        lines.append(" | ".join([*cells, *(_cell(row, name) for name in others)]))
    return "".join(f"| {line} |\n" for line in lines)


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
