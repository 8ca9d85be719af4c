"""Curves of metrics and batches, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import perfmon_analyze
from perfmon_analyze.plots import curve_styles, style
from perfmon_analyze.series import curves
from perfmon_analyze.series.options import DEFAULT
from tests.analyze.run_factory import batch_rows, metric_rows

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon_analyze.series.curves import Curve
    from tests.analyze.conftest import MakeRun


def losses(folder: Path) -> tuple[list[Curve], list[str]]:
    """The loss curves of all runs in order, and their labels."""
    runs = perfmon_analyze.load(folder)
    styles = style.model_styles(runs, DEFAULT)
    found = curve_styles.ordered((c for r in runs.recordings for c in curves.metric(runs, r, "loss")), styles)
    return found, [look.label for look in curve_styles.curve_styles(found, styles)]


def test_the_last_value_of_an_epoch_counts(make_run: MakeRun, runs_folder: Path) -> None:
    """A metric that is logged again corrects the first."""
    again = [row | {"t": 9.0} for row in metric_rows({"loss": [5.0]})]
    make_run(tables={"metric": again + metric_rows({"loss": [3.0, 2.0], "r2": [0.1]})})

    (curve,) = losses(runs_folder)[0]

    assert (list(curve.x), list(curve.values), curve.x_name) == ([0.0, 1.0], [5.0, 2.0], "Epoch")


def test_steps_where_there_are_no_epochs(make_run: MakeRun, runs_folder: Path) -> None:
    """A run that logs by step has steps on its axis."""
    make_run(tables={"metric": [{"t": 1.0, "step": s, "name": "loss", "value": s / 10} for s in (10, 20)]})

    (curve,) = losses(runs_folder)[0]

    assert (list(curve.x), curve.x_name) == ([10.0, 20.0], "Step")


def test_series_are_ordered_by_layer(make_run: MakeRun, runs_folder: Path) -> None:
    """L5 comes before L15."""
    make_run(tables={"metric": [row for s in ("L20", "L5", "L15") for row in metric_rows({"loss": [1]}, series=s)]})

    assert losses(runs_folder)[1] == ["L5", "L15", "L20"]


def test_a_series_shared_by_models_names_the_model(make_run: MakeRun, runs_folder: Path) -> None:
    """And if one model ran it twice, the run."""
    for run, model in (("a", "bielik12"), ("b", "bielik45"), ("c", "bielik45")):
        make_run(run, model=model, tables={"metric": metric_rows({"loss": [1]})})

    assert losses(runs_folder)[1] == ["Bielik 1.5B L15", "Bielik 4.5B L15, run 1", "Bielik 4.5B L15, run 2"]


def test_a_run_without_series_is_called_by_its_model(make_run: MakeRun, runs_folder: Path) -> None:
    """The series of the run is used where rows have none, and then all curves say their model."""
    make_run("a", model="żółw", tables={"metric": metric_rows({"loss": [1]}, series=None)})
    make_run("b", series="L7", tables={"metric": metric_rows({"loss": [1]}, series=None)})

    assert losses(runs_folder)[1] == ["Bielik 1.5B L7", "żółw"]


def test_variant_and_origin_are_named(make_run: MakeRun, runs_folder: Path) -> None:
    """What was made up is never taken for measured."""
    make_run(variant="detectors", origin="synthetic", tables={"metric": metric_rows({"loss": [1]})})

    assert losses(runs_folder)[1] == ["L15, with detectors (synthetic)"]


def test_forty_layers_have_forty_colours(make_run: MakeRun, runs_folder: Path) -> None:
    """More series than the palette has get a scale."""
    make_run(tables={"metric": [row for n in range(40) for row in metric_rows({"loss": [1]}, series=f"L{n}")]})
    runs = perfmon_analyze.load(runs_folder)
    styles = style.model_styles(runs, DEFAULT)

    looks = curve_styles.curve_styles(losses(runs_folder)[0], styles)

    assert len({look.colour for look in looks}) == 40


def test_batches_go_by_number(make_run: MakeRun, runs_folder: Path) -> None:
    """Whatever the order in which they were written."""
    make_run(tables={"batch": batch_rows([0.1, 0.2, 0.3])[::-1]})
    runs = perfmon_analyze.load(runs_folder)

    (curve,) = curves.batches(runs, runs.recordings[0])

    assert (list(curve.x), list(curve.values)) == ([0, 1, 2], [0.1, 0.2, 0.3])
