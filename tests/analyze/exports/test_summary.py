"""The summary says in numbers what the figures show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import perfmon_analyze
from perfmon_analyze.exports import summary
from perfmon_analyze.exports.summary_markdown import as_markdown
from perfmon_analyze.plots import style
from perfmon_analyze.series.options import Options
from tests.analyze.run_factory import batch_rows, folder_rows, gpu_rows, job_rows, metric_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun


def summarized(folder: Path, **options: Any) -> dict[str, Any]:
    """The summary as its file has it."""
    text = summary.as_json(summary.summarize(perfmon_analyze.load(folder), Options(**options)))
    return dict(json.loads(text))


def test_a_stage(make_run: MakeRun, runs_folder: Path) -> None:
    """Mean and peak of each measure over all runs, with unit and number of samples."""
    gpu = gpu_rows([10, 30], [0.5, 1.0])
    make_run("a", tables={"job": job_rows([1, 3]), "gpu": gpu, "folder": folder_rows([0, 8])})
    make_run("b", known={"duration_seconds": 11.0}, tables={"job": job_rows([5]), "folder": folder_rows([4])})

    (stage,) = summarized(runs_folder)["stages"]

    assert (*(stage[name] for name in ("stage", "model", "variant", "origin", "runs")),) == (
        "training",
        "bielik12",
        None,
        "measured",
        ["a", "b"],
    )
    assert stage["gpu_utilization"] == {"mean": 75.0, "peak": 100.0, "unit": "percent", "samples": 2}
    assert stage["vram"] == {"mean": 20.0, "peak": 30.0, "unit": "B", "samples": 2, "note": None}
    assert stage["cpu_utilization"] == {"mean": 50.0, "peak": 50.0, "unit": "percent", "samples": 1}
    assert stage["ram"] == {"mean": 3.0, "peak": 5.0, "unit": "B", "samples": 3, "measure": "rss"}
    assert stage["duration"] == {"mean": 6.0, "peak": 11.0, "unit": "s", "samples": 2}
    assert stage["disk_growth"] == {"mean": 6.0, "peak": 8.0, "unit": "B", "samples": 2}


def test_what_was_not_measured_is_null(make_run: MakeRun, runs_folder: Path) -> None:
    """A stand-in is a picture; none of its numbers is here."""
    make_run(tables={"job": job_rows([1] * 30)})

    (stage,) = summarized(runs_folder, synthetic=True)["stages"]

    assert stage["gpu_utilization"] == {"mean": None, "peak": None, "unit": "percent", "samples": 0}
    assert (stage["vram"]["mean"], stage["vram"]["samples"]) == (None, 0)


def test_runs_of_unlike_origin_are_kept_apart(make_run: MakeRun, runs_folder: Path) -> None:
    """Each origin has its own entry, and says it."""
    make_run("a", tables={"job": job_rows([1])})
    make_run("b", origin="synthetic", tables={"job": job_rows([9])})

    stages = summarized(runs_folder)["stages"]

    assert [(stage["origin"], stage["ram"]["mean"]) for stage in stages] == [("measured", 1.0), ("synthetic", 9.0)]


def test_training_runs(make_run: MakeRun, runs_folder: Path) -> None:
    """A series, the run's configuration and the last value of every metric; a value that is NaN is null."""
    make_run(known={"config": {"lr": 0.1}}, tables={"metric": metric_rows({"loss": [2.0, 1.0], "own": [float("nan")]})})

    (training,) = summarized(runs_folder)["training"]

    assert (training["run"], training["series"], training["config"]) == ("r1", "L15", {"lr": 0.1})
    assert training["final"] == {
        "loss": {"value": 1.0, "epoch": 1.0, "samples": 2},
        "own": {"value": None, "epoch": 0.0, "samples": 1},
    }


def test_inference_jobs(make_run: MakeRun, runs_folder: Path) -> None:
    """Batches, their times and the throughput, waiting included."""
    make_run(stage="inference", variant="detectors", tables={"batch": batch_rows([0.5, 0.75, 1.0])})

    (job,) = summarized(runs_folder)["inference"]

    assert (job["series"], job["variant"], job["batches"]) == ("L15", "detectors", 3)
    assert [job[name]["value"] for name in ("mean", "median")] == [0.75, 0.75]
    assert pytest.approx(job["p95"]["value"]) == 0.975
    assert [job[name]["value"] for name in ("batches_per_second", "items_per_second")] == [1.0, 16.0]


def test_hardware(make_run: MakeRun, runs_folder: Path) -> None:
    """Machines that are alike stand there once."""
    for run in ("a", "b"):
        make_run(run, known={"hardware": {"cpus": 2}}, tables={})

    assert summarized(runs_folder)["hardware"] == [{"host": "h", "hardware": {"cpus": 2}, "runs": ["a", "b"]}]


def test_markdown(make_run: MakeRun, runs_folder: Path) -> None:
    """The same for a person: models by their labels, GB, and a dash for what is null."""
    make_run(tables={"job": job_rows([2**30, 2**31]), "metric": metric_rows({"loss": [0.5]})})
    runs = perfmon_analyze.load(runs_folder)
    options = Options()

    text = as_markdown(summary.summarize(runs, options), style.model_styles(runs, options))

    stage = "| training | Bielik 1.5B | - | measured | 1 | 0.0002778 | - | - | 50 / 50 (1) | 1.5 / 2 (2) rss | - |"
    assert stage in text.splitlines()
    assert "| r1 | Bielik 1.5B | L15 | measured | 0 | loss 0.5 | - |" in text.splitlines()
    assert "## Inference jobs" not in text


@pytest.mark.parametrize(
    ("hardware", "words"),
    [
        (
            {"cpu_model": "X", "cpus": 8, "memory_total_bytes": 2**34, "gpus": [{"name": "H100"}, {"name": "H100"}]},
            "X, 8 CPUs, 16 GB RAM, 2 x H100",
        ),
        ({"cpus": 2, "gpus": [], "absent": {"gpu": "no driver"}}, "2 CPUs, no driver"),
        ({}, "-"),
    ],
)
def test_hardware_in_words(make_run: MakeRun, runs_folder: Path, hardware: dict[str, object], words: str) -> None:
    """The summary describes a machine in words."""
    make_run("a", known={"hardware": hardware}, tables={})
    runs = perfmon_analyze.load(runs_folder)
    text = as_markdown(summary.summarize(runs, Options()), style.model_styles(runs, Options()))

    assert f"| h | 1 | {words} |" in text


def test_hardware_of_wrong_types(make_run: MakeRun, runs_folder: Path) -> None:
    """Facts of the wrong type are named when the run is read, and left out of the summary."""
    make_run("a", known={"hardware": {"cpu_model": "X", "memory_total_bytes": "much", "gpus": "none"}}, tables={})
    with pytest.warns(perfmon_analyze.Unreadable, match=r"hardware\.memory_total_bytes, hardware\.gpus"):
        runs = perfmon_analyze.load(runs_folder)
    text = as_markdown(summary.summarize(runs, Options()), style.model_styles(runs, Options()))

    assert "| h | 1 | X |" in text
