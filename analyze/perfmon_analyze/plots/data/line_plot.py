"""Plots of one panel with a line per recording: what stands on them, for the figure and the report's chart alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfmon_analyze.series.trace import Trace


def as_recorded(_: Sequence[Trace]) -> tuple[float, str]:
    """The scale of values that are shown as they are: 1, without a unit."""
    return 1.0, ""


class LinePlot(NamedTuple):
    """The texts of a plot whose data function returns a list of traces.

    `topic` is the report's section, `title` begins the figure's title, and `{unit}` in `label`, the label of the
    y-axis, is the unit's name. `scale` returns the size and the name of the unit that fits some traces; values are
    divided by that size. `note` stands below the figure.
    """

    topic: str
    title: str
    label: str
    scale: Callable[[Sequence[Trace]], tuple[float, str]] = as_recorded
    note: str | None = None
