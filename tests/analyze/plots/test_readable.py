"""Figures stay readable: nothing cut off, nothing overlapping, no legend over data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

import perfmon_analyze
from perfmon_analyze.series.options import ModelStyleOverride
from tests.analyze.plots import visible
from tests.analyze.run_factory import batch_rows, folder_rows, gpu_rows, job_rows, metric_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.analyze.conftest import MakeRun

GIB = 2**30
MODELS = ("bielik12", "bielik45", "Zażółć gęślą jaźń/PLLuM-12B_instruct $x_2$")
METRICS = {
    "loss": [3.0, 1.0, 0.2],
    "r2": [0.5, 0.7, 0.9],
    "dead_features_percent": [0.0, 1.0, 2.0],
    "l1": [9.0, 8.0, 7.0],
}


def stage_tables(samples: int, scale: float, layers: Sequence[str]) -> dict[str, object]:
    """Everything that a stage can record."""
    wave = [1 + 0.3 * math.sin(i) for i in range(samples)]
    return {
        "job": job_rows([scale * w * GIB for w in wave], cpu_seconds=scale / 4),
        "gpu": gpu_rows([4 * scale * w * GIB for w in wave], [0.3 * w for w in wave]),
        "folder": folder_rows([scale * i * GIB for i in range(samples)]),
        "metric": [row for layer in layers for row in metric_rows(METRICS, series=layer)],
        "batch": [row for layer in layers for row in batch_rows([scale * w for w in wave], series=layer)],
    }


def write_study(make_run: MakeRun, *, samples: int = 30, layers: int = 2) -> None:
    """Every stage and variant of three models."""
    names = [f"L{number}" for number in range(layers)]
    for scale, model in enumerate(MODELS, start=1):
        for stage, variant in (("training", None), ("inference", "detectors"), ("inference", "baseline")):
            run = f"{scale}-{stage}-{variant}"
            tables = stage_tables(samples, scale, names)
            make_run(run, stage=stage, model=model, variant=variant, tables=tables)


def assert_readable(folder: Path, **options: object) -> list[str]:
    """Every plot that the runs allow can be read; their names are returned."""
    runs = perfmon_analyze.load(folder)
    names = perfmon_analyze.plot_names(runs)
    for name in names:
        figure = perfmon_analyze.draw(name, runs, **options)
        assert (name, [], []) == (name, visible.unreadable(figure), visible.over_data(figure))
    return names


def test_three_models(make_run: MakeRun, runs_folder: Path) -> None:
    """Long names and Polish letters, mathematics that is none."""
    write_study(make_run)

    names = assert_readable(runs_folder)

    assert "inference_comparison_Zażółć-gęślą-jaźń-PLLuM-12B_instruct--x_2" in names
    assert len(names) == 21


def test_forty_layers(make_run: MakeRun, runs_folder: Path) -> None:
    """One model with forty of them."""
    layers = [f"L{number}" for number in range(40)]
    make_run("a", tables=stage_tables(30, 1, layers))
    make_run("b", stage="inference", tables=stage_tables(30, 1, layers))

    assert "training_loss" in assert_readable(runs_folder)


def test_one_sample(make_run: MakeRun, runs_folder: Path) -> None:
    """A run that ended at once."""
    make_run(tables=stage_tables(1, 1, ["L1"]))

    assert "memory_usage_training" in assert_readable(runs_folder)


def test_nan_stretches_and_an_early_death(make_run: MakeRun, runs_folder: Path) -> None:
    """What is missing leaves gaps, and a run that died is drawn as far as it came, unsealed as it is."""
    nothing = [None] * 10
    make_run("a", tables={"job": job_rows([GIB, *nothing, GIB, *nothing]), "gpu": gpu_rows([GIB] * 20, nothing * 2)})
    make_run("b", model="bielik45", sealed=False, known={"state": "lost"}, tables=stage_tables(3, 1, ["L1"]))

    assert "memory_usage_training" in assert_readable(runs_folder)


def test_no_gpu_at_all(make_run: MakeRun, runs_folder: Path) -> None:
    """Stand-ins, their marks and their long legend entries."""
    for model in MODELS:
        tables = stage_tables(60, 1, ["L1"])
        make_run(model[:8], model=model, tables={name: rows for name, rows in tables.items() if name != "gpu"})

    assert "hardware_utilization_distribution_training_gpu" in assert_readable(runs_folder)


@pytest.mark.parametrize("style", ["paper", "screen", "dark"])
def test_styles_and_a_long_title(make_run: MakeRun, runs_folder: Path, style: str) -> None:
    """Larger letters and a title of two lines are given room; a configured label is used."""
    make_run(origin="synthetic", tables=stage_tables(30, 1, ["L1", "L2"]))
    looks = {"bielik12": ModelStyleOverride(label="A label that somebody made rather long, for whatever reason")}

    assert assert_readable(runs_folder, style=style, title="A title " * 12, models=looks)


@pytest.mark.parametrize(("option", "value"), [("scope", "gpu"), ("style", "light")])
def test_an_option_without_such_a_value(make_run: MakeRun, runs_folder: Path, option: str, value: str) -> None:
    """The error says which there are."""
    make_run(tables=stage_tables(2, 1, ["L1"]))

    with pytest.raises(ValueError, match=f"{option} must be one of .*not '{value}'"):
        perfmon_analyze.draw("training_loss", perfmon_analyze.load(runs_folder), **{option: value})
