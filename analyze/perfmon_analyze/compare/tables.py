"""A comparison's rows as cells of a table, in units that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze.derive.units import GIB, MIB
from perfmon_analyze.text.humanize import format_number, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.compare.comparison import Comparison, ComparisonRow
    from perfmon_analyze.compare.difference import Difference

HEAD = ("", "A", "B", "B - A", "95 % interval", "of A", "reading", "would show")
_LARGER = {
    "s": ((3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms")),
    "B": ((GIB, "GB"), (MIB, "MB")),
    "J": ((3.6e6, "kWh"), (3600.0, "Wh"), (1.0, "J")),
}


class ComparisonTable(NamedTuple):
    """The cells of all rows below `HEAD`, and what the numbers in brackets stand for."""

    rows: tuple[tuple[str, ...], ...]
    footnotes: tuple[str, ...]


def table(comparison: Comparison) -> ComparisonTable:
    """The rows of a comparison in words and numbers."""
    reasons = list(dict.fromkeys(row.difference.reason for row in comparison.rows if row.difference.reason))
    return ComparisonTable(
        tuple(_cells(row, reasons) for row in comparison.rows),
        tuple(f"[{place}] {reason}" for place, reason in enumerate(reasons, start=1)),
    )


def heading(comparison: Comparison) -> str:
    """Return the heading of a comparison: its title and both sides."""
    a, b = (plural(len(runs), "run") for runs in (comparison.runs_a, comparison.runs_b))
    title = f"{comparison.title}: " if comparison.title else ""
    return f"{title}A is {comparison.a} ({a}), B is {comparison.b} ({b})"


def remarks(comparison: Comparison) -> list[str]:
    """Return the remarks below the table: missing quantities, then the notes."""
    sides = (("A", comparison.a, comparison.runs_a), ("B", comparison.b, comparison.runs_b))
    named = [f"{side} is {', '.join(runs)}" for side, label, runs in sides if label == side]  # it has no better name
    by_side: dict[str, list[str]] = {}
    for title, side in comparison.missing.items():
        by_side.setdefault(side, []).append(title)
    unknown = [f"not known of {side}: {', '.join(titles)}" for side, titles in by_side.items()]
    return [*named, *unknown, *comparison.notes]


def _cells(row: ComparisonRow, reasons: Sequence[str]) -> tuple[str, ...]:
    found = row.difference
    per, unit = scale(row.unit, max(abs(found.a), abs(found.b)))
    interval = (
        "" if found.low is None or found.high is None else f"{_signed(found.low / per)} to {_signed(found.high / per)}"
    )
    footnote = f" [{reasons.index(found.reason) + 1}]" if found.reason else ""
    return (
        f"{row.name} ({unit})" if unit else row.name,
        format_number(found.a / per),
        format_number(found.b / per),
        _signed(found.difference / per),
        interval,
        percent(found),
        row.verdict + footnote,
        "" if found.smallest is None else format_number(found.smallest / per),
    )


def percent(found: Difference) -> str:
    """The difference in percent of A; empty where A is nothing."""
    return f"{_signed(100 * found.difference / abs(found.a))} %" if found.a else ""


def scale(unit: str, largest: float) -> tuple[float, str]:
    """Return the factor and the name of the unit that suits this size."""
    for per, name in _LARGER.get(unit, ()):
        if largest >= 2 * per:
            return per, name
    return 1.0, unit


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{format_number(value)}"
