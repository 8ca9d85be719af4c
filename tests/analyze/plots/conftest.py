"""Draws a plot of the runs that a test has written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

import perfmon_analyze

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure


class Draw(Protocol):
    """Draws one plot of all runs of the test's folder."""

    def __call__(self, name: str, **options: Any) -> Figure:
        """Draw the plot with these options."""


@pytest.fixture
def draw(runs_folder: Path) -> Draw:
    """`perfmon_analyze.draw` on the test's folder of runs."""

    def named(name: str, **options: Any) -> Figure:
        return perfmon_analyze.draw(name, perfmon_analyze.load(runs_folder), **options)

    return named
