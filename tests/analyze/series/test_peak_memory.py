"""The exact peak of a run and of its stages, by the kernel's marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import perfmon_analyze
from perfmon_analyze.series import peak_memory

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon.store.journal import Row
    from tests.analyze.conftest import MakeRun

PEAK = {"tree_at_least_bytes": 50, "tree_at_most_bytes": 60}


def make(make_run: MakeRun, marks: list[int], *, processes: int = 1) -> None:
    """A run with a mark at each second; from 2.5 s to 4.5 s another stage was attached to it."""
    rows: list[Row] = [
        {"t": float(t), "process_hwm_bytes": mark, "hwm_bytes": 2 * mark, "pss_bytes": 10, "processes": processes}
        for t, mark in enumerate(marks)
    ]
    span: dict[str, Any] = {"kind": "stage", "name": "p", "pid": 7, "stage": "inference", "begin_t": 2.5}
    phases: list[Row] = [{"t": 2.5, **span}, {"t": 4.5, **span, "end_t": 4.5}]
    make_run(tables={"job": rows, "phase": phases}, known={"peak": PEAK, "stage_given": True})


@pytest.mark.parametrize(
    ("marks", "processes", "expected"),
    [
        ([20, 20, 20, 30, 40, 70], 1, (40, 40)),  # what came after the stage is not its own
        ([20, 20, 20, 30, 40, 70], 3, (40, 80)),
        ([20, 20, 50, 50, 50, 70], 1, None),  # the mark is of before: what was sampled is all that is known
    ],
)
def test_a_stage(
    make_run: MakeRun, runs_folder: Path, marks: list[int], processes: int, expected: tuple[float, float] | None
) -> None:
    """A stage's peak is exact if the mark rose in it."""
    make(make_run, marks, processes=processes)
    runs = perfmon_analyze.load(runs_folder)
    own, stage = runs.recordings

    assert stage.stage == "inference"
    assert peak_memory.peak_bounds(runs, stage) == expected
    assert peak_memory.peak_bounds(runs, own) is None  # what run.json says may be the stage's


def test_a_run(make_run: MakeRun, runs_folder: Path) -> None:
    """A run without attached stages has what run.json says, if it says something."""
    make_run("a", known={"peak": PEAK}, tables={})
    make_run("b", tables={})
    runs = perfmon_analyze.load(runs_folder)

    assert [peak_memory.peak_bounds(runs, recording) for recording in runs.recordings] == [(50, 60), None]
