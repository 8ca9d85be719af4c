"""What a chart has to say of its data, and its samples in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import arrays
from perfmon_analyze.report.chart import Chart
from perfmon_analyze.text.humanize import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.report.chart import Asked, Panel, Table

FIGURES = ("samples", "mean", "median", "P95", "lowest", "highest")


class Told:
    """Collects notes and warnings, each once, in the way that figures do."""

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}
        self._marks: dict[str, None] = {}

    def note(self, text: str | None) -> None:
        """Have this said beside the chart."""
        if text:
            self._notes[text] = None

    def mark(self, text: str) -> None:
        """Have this said where nobody can overlook it."""
        self._marks[text] = None

    def all(self) -> dict[str, tuple[str, ...]]:
        """What was noted and marked, as a chart has it."""
        return {"notes": tuple(self._notes), "warnings": tuple(self._marks)}


def chart(asked: Asked, title: str, panels: Sequence[Panel], table: Table, told: Told, *, columns: int = 1) -> Chart:
    """The chart that was asked for, with what it was told to say."""
    return Chart(name=asked.name, title=title, panels=panels, table=table, columns=columns, **told.all())


def figures(values: Array, unit: str) -> list[str]:
    """The cells below `FIGURES` for these values; all of them count, whatever is drawn."""
    known = arrays.finite(values)
    if not len(known):
        return ["0", *["-"] * (len(FIGURES) - 1)]
    found = (known.mean(), np.median(known), np.percentile(known, 95), known.min(), known.max())
    return [f"{len(known):,}", *(f"{format_number(float(value))} {unit}".rstrip() for value in found)]
