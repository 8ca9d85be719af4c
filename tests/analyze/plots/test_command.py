"""`perfmon plot`, as its users call it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from perfmon.commands import main
from tests.analyze.run_factory import gpu_rows, job_rows, metric_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun


@pytest.fixture
def runs(make_run: MakeRun, runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one run, beside which the command is called."""
    tables = {"job": job_rows([1, 2]), "gpu": gpu_rows([1, 2], [0.5, 0.5]), "metric": metric_rows({"loss": [1.0]})}
    make_run(tables=tables)
    monkeypatch.chdir(runs_folder.parent)
    return runs_folder


def names(folder: Path) -> list[str]:
    """The files of a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_only_some_plots(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names and patterns with commas; what was written and what was left out is said."""
    status = main(["plot", "runs", "--only", "training_loss,memory_usage_t*", "--only", "batch*", "-o", "out"])

    assert (status, names(runs.parent / "out")) == (0, ["memory_usage_training.png", "training_loss.png"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["2 pictures in out", "  training_loss.png", "  memory_usage_training.png"]
    assert (
        lines[3] == "left out, no run of stage inference: batch_processing_times, batch_processing_times_distribution"
    )


def test_many_plots_left_out_are_counted(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A study of one stage does not get all the names of the others'."""
    assert main(["plot", "runs", "--only", "*inference*", "--only", "batch*", "-o", "out"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "stage inference" in line]

    assert line.endswith(" and 5 more")
    assert line.count(",") == 3


@pytest.mark.parametrize("given", ["runs", "runs/r1"])
def test_the_usual_place_is_beside_the_runs(runs: Path, given: str) -> None:
    """Also if a single run was given."""
    status = main(["plot", given, "--only", "training_loss"])

    assert (status, names(runs.parent / "plots")) == (0, ["training_loss.png"])


def test_everything_and_a_summary(runs: Path) -> None:
    """Without --only all plots are drawn, and summarized beside the pictures."""
    assert main(["plot", "runs", "--dpi", "30"]) == 0

    found = names(runs.parent / "plots")
    assert [name for name in found if name.startswith("summary")] == ["summary.json", "summary.md"]
    assert len(found) == 9
    assert json.loads((runs.parent / "plots" / "summary.json").read_text())["stages"][0]["stage"] == "training"


def test_formats(runs: Path) -> None:
    """Several at once."""
    assert main(["plot", "runs", "--only", "training_loss", "--format", "svg,pdf"]) == 0

    assert names(runs.parent / "plots") == ["training_loss.pdf", "training_loss.svg"]


def test_a_configuration_in_the_working_directory(runs: Path) -> None:
    """perfmon.toml labels the models."""
    (runs.parent / "perfmon.toml").write_text('[models.bielik12]\nlabel = "Bielik the small"\n')

    assert main(["plot", "runs", "--only", "memory_usage_training", "--format", "svg"]) == 0
    assert "Bielik the small" in (runs.parent / "plots" / "memory_usage_training.svg").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "training_los"], "the plot must be one of training_loss, training_dynamics"),
        (["--format", "gif"], "must be one of png, svg, pdf"),
        (["--dpi", "0"], "must be a number from 10 to 1200"),
        (["--scope", "gpu"], "invalid choice: 'gpu'"),
        (["--nothing"], "unrecognized arguments"),
    ],
)
def test_usage(runs: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    """A command line that makes no sense is 2, with a line that says what would."""
    assert main(["plot", "runs", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_configuration_that_makes_no_sense(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is a usage error, too."""
    (runs.parent / "perfmon.toml").write_text("[models.a]\nlook = 1\n")

    assert main(["plot", "runs"]) == 2
    assert "perfmon.toml: [models.a] may hold colour, label, order and nothing else" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["none", "empty"])
def test_no_runs(runs: Path, capsys: pytest.CaptureFixture[str], folder: str) -> None:
    """A folder without runs is 1, and is named."""
    (runs.parent / "empty").mkdir()

    assert main(["plot", folder]) == 1
    assert f"'{folder}'" in capsys.readouterr().err


def test_nothing_to_draw(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If not one plot could be drawn it is 1."""
    assert main(["plot", "runs", "--only", "batch*"]) == 1
    assert "left out, no run of stage inference" in capsys.readouterr().out


def test_a_file_that_is_not_parquet(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on standard error names it; the others still count."""
    (runs / "r1" / "job" / "broken.parquet").write_text("no")

    assert main(["plot", "runs", "--only", "memory_usage_training"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("perfmon plot: runs/r1/job/broken.parquet cannot be read as Parquet")


def test_an_output_folder_that_cannot_be_made(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says why."""
    (runs.parent / "file").write_text("")

    assert main(["plot", "runs", "-o", "file"]) == 2
    assert "file" in capsys.readouterr().err
