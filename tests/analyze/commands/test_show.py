"""`perfmon show`, as its users call it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from perfmon.commands import main
from tests.analyze.run_factory import batch_rows, folder_rows, gpu_rows, job_rows, metric_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun

GIB = 2**30
KNOWN: dict[str, Any] = {
    "name": "first try",
    "state": "killed",
    "exit_reason": "killed by SIGKILL",
    "exit_status": 137,
    "duration_seconds": 120.0,
    "ending": {"cause": "out_of_memory", "evidence": ["3 killed for want of memory in control group /job"]},
    "hardware": {"cpus": 2, "memory_total_bytes": 24 * GIB, "gpus": [{"name": "T4", "vram_total_bytes": 16 * GIB}] * 2},
    "peak": {"tree_at_least_bytes": 3 * GIB, "tree_at_most_bytes": 4 * GIB},
    "totals": {"cpu_user_seconds": 100.0, "cpu_system_seconds": 20.0, "read_bytes": 0, "written_bytes": 5 * GIB},
    "sampler": {"ticks": 121, "ticks_missed": 0, "cpu_seconds": 0.5},
    "tags": {"lr": "1e-3"},
}


@pytest.fixture
def made(make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of two minutes that was killed; the working directory is the one around its folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    tables = {
        "job": job_rows([2 * GIB] * 121),
        "gpu": gpu_rows([GIB] * 121, [0.0, *([0.5] * 119), 1.0]),
        "folder": folder_rows([0, GIB]),
        "metric": metric_rows({"loss": [0.5, 0.25], "r2": [0.9, float("nan")]}),
        "batch": batch_rows([1.0, 2.0, 3.0]),
    }
    return make_run(tables=tables, known=KNOWN)


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The lines of the screen."""
    assert main(["show", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_screen(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Facts, hardware, the end with its evidence, figures with bars, what was logged, what was found."""
    lines = shown(capsys)

    assert lines[:2] == ["r1", "about      name first try, stage training, model bielik12, dataset polemo2,"]
    assert "hardware   h, 2 CPUs, 24 GB RAM, 2 x T4 (16 GB)" in lines
    assert " ".join(" ".join(lines[6:8]).split()) == (
        "ended killed after 2 min: killed by SIGKILL; out of memory; 3 killed for want of memory in control group /job"
    )
    figures = [line[:38].split() for line in lines if line.startswith(("CPU", "RAM", "GPU", "VRAM", "disk growth"))]
    assert figures == [
        ["CPU", "50", "%", "50", "%", "50", "%"],
        ["RAM", "(RSS)", "2", "GB", "2", "GB", "2", "GB"],
        ["GPU", "50", "%", "50", "%", "100", "%"],
        ["VRAM", "1", "GB", "1", "GB", "1", "GB"],
        ["disk", "growth", "-", "-", "1", "GB"],
    ]
    assert "in all     peak RAM 3 GB to 4 GB, CPU 2 min, read 0 MB, wrote 5 GB" in lines
    assert "recorder   121 ticks, none missed, 500 ms of CPU" in lines
    assert "batches    L15 3, mean 2 s, P95 2.9 s" in lines
    assert any(line.startswith("!! ") for line in lines)
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 26


def test_bars_go_over_the_whole_time(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Utilization is drawn from 0 to 100 %, and what is not known at the start is a gap."""
    (line,) = [line for line in shown(capsys) if line.startswith("GPU")]

    assert line[41:] == "▃" + "▄" * 37 + "▅"


def test_json(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All of it in base units; NaN, which JSON does not have, is null."""
    assert main(["show", "first", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    stage = told["stages"][0]

    assert (told["run"], told["state"], told["tags"], told["ending"]["cause"]) == (
        "r1",
        "killed",
        {"lr": "1e-3"},
        "out_of_memory",
    )
    assert [(one["key"], one["peak"], one["unit"]) for one in stage["measures"]] == [
        ("cpu_utilization", 50.0, "percent"),
        ("rss", 2 * GIB, "B"),
        ("gpu_utilization", 100.0, "percent"),
        ("vram", GIB, "B"),
        ("disk_growth", GIB, "B"),
    ]
    assert [(one["name"], one["value"], one["x"]) for one in stage["logged"]] == [
        ("loss", 0.25, 1.0),
        ("r2", None, 1.0),
    ]
    assert told["findings"][0]["name"] == "out_of_memory"


def test_a_run_that_is_lost(make_run: MakeRun, capsys: pytest.CaptureFixture[str], runs_folder: Path) -> None:
    """It says so, and how to end it for good."""
    make_run(tables={"job": job_rows([GIB] * 3)}, sealed=False, known={"host": os.uname().nodename})
    lines = shown(capsys, "latest", "--runs", str(runs_folder))

    assert "ended      lost: its recorder died; `perfmon seal` ends it for good" in lines
    assert any(line.startswith("RAM (RSS)") and "1 GB" in line for line in lines)


def test_made_up_data_say_so(make_run: MakeRun, capsys: pytest.CaptureFixture[str], runs_folder: Path) -> None:
    """In the first line; and no stand-in is ever shown as a figure."""
    make_run(tables={"job": job_rows([GIB] * 3)}, origin="synthetic")
    lines = shown(capsys, "r1", "--runs", str(runs_folder))

    assert lines[0] == "r1   SYNTHETIC DATA"
    assert [line.split()[-2:] for line in lines if line.startswith(("GPU", "VRAM"))] == [["not", "recorded"]] * 2


def test_text_that_would_move_the_cursor(
    make_run: MakeRun, capsys: pytest.CaptureFixture[str], runs_folder: Path
) -> None:
    """Nothing that a run folder says reaches the terminal as it is."""
    evil = "\x1b[2J\x07"
    known = {"command": [evil], "exit_reason": evil, "tags": {evil: evil}, "hardware": {"cpu_model": evil}}
    make_run(tables={"metric": metric_rows({evil: [1.0]})}, stage=evil, known={**known, "state": "failed"})

    assert "\x1b" not in "".join(shown(capsys, "r1", "--runs", str(runs_folder)))


def test_a_run_is_about_the_only_stage_in_it(
    make_run: MakeRun, capsys: pytest.CaptureFixture[str], runs_folder: Path
) -> None:
    """Where nobody gave the run a stage, the labels are those that the pipeline's own code gave."""
    span: dict[str, Any] = {"t": 1.0, "kind": "stage", "name": "inference", "pid": 7, "begin_t": 0.5, "end_t": 1.0}
    labels = {"stage": "inference", "model": "m2", "variant": "detectors", "series": "L15"}
    make_run(tables={"job": job_rows([1, 2]), "phase": [span | labels]}, known={"stage_given": False, "stage": "main"})

    about = shown(capsys, "r1", "--runs", str(runs_folder))[1]
    assert about.startswith("about      stage inference, model m2, variant detectors, series L15")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [(["-2"], 1, "there is no run -2"), (["other"], 1, "there is no run 'other'"), (["a", "b"], 2, "unrecognized")],
)
def test_no_such_run(
    made: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, message: str
) -> None:
    """One line says what there is."""
    assert main(["show", *words]) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("perfmon show: ")
    assert message in line
