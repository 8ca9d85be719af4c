"""Training loss and training dynamics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import perfmon_analyze
from tests.analyze.plots import visible
from tests.analyze.run_factory import job_rows, metric_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun
    from tests.analyze.plots.conftest import Draw

NAN = float("nan")


def test_training_loss(make_run: MakeRun, draw: Draw) -> None:
    """A line with markers per layer, in the layers' order, its final value in the legend."""
    make_run("a", model="bielik45", tables={"metric": metric_rows({"loss": [0.6, 0.5]}, series="L28")})
    make_run("b", model="bielik12", tables={"metric": metric_rows({"loss": [0.4, 0.3125]}, series="L15")})

    figure = draw("training_loss")

    (axes,) = figure.axes
    assert visible.labels(axes) == ("Epoch", "Training loss")
    assert visible.lines(axes) == [([0, 1], [0.4, 0.3125]), ([0, 1], [0.6, 0.5])]
    assert visible.legend(figure) == ["L15: 0.3125", "L28: 0.5"]
    assert len({(line.get_color(), line.get_marker()) for line in axes.get_lines()}) == 2
    assert "None" not in [line.get_marker() for line in axes.get_lines()]
    assert axes.get_yscale() == "linear"


def test_training_loss_of_a_wide_range(make_run: MakeRun, draw: Draw) -> None:
    """The scale is logarithmic when the largest loss is more than ten times the smallest."""
    make_run(tables={"metric": metric_rows({"loss": [1.0, 0.05]})})

    figure = draw("training_loss")

    assert figure.axes[0].get_yscale() == "log"
    figure.draw_without_rendering()
    assert [
        tick.get_text()
        for tick, place in zip(figure.axes[0].get_yticklabels(), figure.axes[0].get_yticks(), strict=True)
        if 0.04 < place < 1.1
    ] == ["0.05", "0.1", "0.2", "0.5", "1"]


def test_a_loss_that_became_nan_is_a_gap(make_run: MakeRun, draw: Draw) -> None:
    """A NaN that was logged is neither dropped nor drawn as anything."""
    make_run(tables={"metric": metric_rows({"loss": [1.0, NAN, 0.5]})})

    (line,) = draw("training_loss").axes[0].get_lines()

    assert pytest.approx(list(np.asarray(line.get_ydata())), nan_ok=True) == [1.0, NAN, 0.5]


def test_training_dynamics(make_run: MakeRun, draw: Draw) -> None:
    """Four panels, each metric on an axis named with its unit; a layer has one colour in all of them."""
    names = {"loss": [2.0, 1.0], "r2": [0.8, 0.9], "dead_features_percent": [1.0, 3.0], "l1": [8.0, 7.0]}
    rows = [row for series in ("L15", "L20") for row in metric_rows(names, series=series)]
    make_run(tables={"metric": rows})

    figure = draw("training_dynamics")

    assert [axes.get_ylabel() for axes in figure.axes] == ["Loss", "R²", "Dead features (%)", "L1 sparsity"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["Epoch"] * 4
    assert [[([0, 1], own)] * 2 for own in names.values()] == [visible.lines(axes) for axes in figure.axes]
    colours = [[line.get_color() for line in axes.get_lines()] for axes in figure.axes]
    assert colours == [colours[0]] * 4
    assert len(set(colours[0])) == 2
    assert visible.legend(figure) == ["L15", "L20"]


def test_a_metric_that_was_not_logged_leaves_its_panel_empty(make_run: MakeRun, draw: Draw) -> None:
    """The panel says so."""
    make_run(tables={"metric": metric_rows({"loss": [1.0], "r2": [0.5]})})

    figure = draw("training_dynamics")

    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [
        [],
        [],
        ["dead_features_percent was not logged"],
        ["l1 was not logged"],
    ]


def test_another_stage_that_logged_has_a_plot_of_its_own(make_run: MakeRun, draw: Draw, runs_folder: Path) -> None:
    """Under its own name, and apart from training."""
    make_run("a", tables={"metric": metric_rows({"loss": [1.0]})})
    make_run("b", stage="fine-tuning", tables={"metric": metric_rows({"loss": [7.0]})})

    assert visible.lines(draw("training_loss_fine-tuning").axes[0]) == [([0], [7.0])]
    assert visible.lines(draw("training_loss").axes[0]) == [([0], [1.0])]


def test_nothing_logged_is_nothing_drawn(make_run: MakeRun, draw: Draw, runs_folder: Path) -> None:
    """The reason is in the error, and the name is not offered."""
    make_run(tables={"job": job_rows([1, 2])})

    with pytest.raises(ValueError, match="no loss logged in stage training"):
        draw("training_loss")
    assert "training_loss" not in perfmon_analyze.plot_names(perfmon_analyze.load(runs_folder))
