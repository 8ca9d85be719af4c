"""Disk usage over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analyze.plots import visible
from tests.analyze.run_factory import folder_rows, job_rows

if TYPE_CHECKING:
    from tests.analyze.conftest import MakeRun
    from tests.analyze.plots.conftest import Draw

GIB = 2**30


def test_disk_usage(make_run: MakeRun, draw: Draw) -> None:
    """What the watched folders grew by, as recorded: nothing is smoothed."""
    make_run("a", stage="activation_saving", tables={"folder": folder_rows([0, GIB, GIB, 4 * GIB], step=1200)})
    make_run("b", stage="activation_saving", model="bielik45", tables={"folder": folder_rows([0, 8 * GIB], step=1800)})

    figure = draw("disk_usage_activation_saving")

    (axes,) = figure.axes
    assert visible.labels(axes) == ("Time elapsed (hours)", "Cumulative disk usage (GB)")
    assert visible.lines(axes) == [([0, 1 / 3, 2 / 3, 1], [0, 1, 1, 4]), ([0, 0.5], [0, 8])]
    assert [line.get_color() for line in axes.get_lines()] == ["#1a5276", "#d35400"]


def test_small_growth_is_in_megabytes(make_run: MakeRun, draw: Draw) -> None:
    """Where nothing reaches a hundredth of a GB, the label says MB."""
    make_run(tables={"folder": folder_rows([0, 2**20])})

    (axes,) = draw("disk_usage_training").axes

    assert axes.get_ylabel() == "Cumulative disk usage (MB)"
    assert visible.lines(axes) == [([0, 1], [0, 1])]


def test_no_watched_folder(make_run: MakeRun, draw: Draw) -> None:
    """Then there is nothing to draw."""
    make_run(tables={"job": job_rows([1])})

    with pytest.raises(ValueError, match="no watched folder in stage training"):
        draw("disk_usage_training")
