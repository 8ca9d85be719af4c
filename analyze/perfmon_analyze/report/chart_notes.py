"""The notes and warnings of a chart, and the statistics of its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import arrays
from perfmon_analyze.report.chart import Chart
from perfmon_analyze.text.humanize import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.report.chart import ChartRequest, ChartTable, Panel

STATISTICS = ("samples", "mean", "median", "P95", "lowest", "highest")


class ChartNotes:
    """Collects the notes and warnings of a chart, each once; a `NoteSink`."""

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}
        self._marks: dict[str, None] = {}

    def note(self, text: str | None) -> None:
        """Add a note below the chart; None adds nothing."""
        if text:
            self._notes[text] = None

    def mark(self, text: str) -> None:
        """Add a warning above the chart."""
        self._marks[text] = None

    def all(self) -> dict[str, tuple[str, ...]]:
        """The fields `notes` and `warnings` of a `Chart`."""
        return {"notes": tuple(self._notes), "warnings": tuple(self._marks)}


def chart(
    request: ChartRequest,
    title: str,
    panels: Sequence[Panel],
    table: ChartTable,
    notes: ChartNotes,
    *,
    columns: int = 1,
) -> Chart:
    """The chart of a request, with its notes."""
    return Chart(name=request.name, title=title, panels=panels, table=table, columns=columns, **notes.all())


def statistics_cells(values: Array, unit: str) -> list[str]:
    """The cells of a table with the head `STATISTICS`: statistics of all finite values, however few are drawn."""
    known = arrays.finite(values)
    if not len(known):
        return ["0", *["-"] * (len(STATISTICS) - 1)]
    found = (known.mean(), np.median(known), np.percentile(known, 95), known.min(), known.max())
    return [f"{len(known):,}", *(f"{format_number(float(value))} {unit}".rstrip() for value in found)]
