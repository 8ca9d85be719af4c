"""Measures and figures cut to one phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.text import Text

import perfmon_analyze
from perfmon_analyze.exports.summary import summarize
from perfmon_analyze.plots.data.batches import batch_data
from perfmon_analyze.plots.data.training import loss_data
from perfmon_analyze.series import memory, phases, select
from perfmon_analyze.series.options import Options
from tests.analyze.run_factory import batch_rows, job_rows, metric_rows

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon.store.journal import Row
    from tests.analyze.conftest import MakeRun


def phase(begin: float, end: float | None, name: str = "epoch") -> Row:
    """One row of a phase."""
    return {"t": begin, "kind": "phase", "name": name, "pid": 7, "begin_t": begin, "end_t": end}


def make(make_run: MakeRun) -> None:
    """A run of ten seconds with two phases of one name, one of another, and one that never ended."""
    spans = [phase(1.0, None), phase(1.0, 3.0), phase(5.0, None), phase(5.0, 6.0), phase(3.0, 4.0, "save")]
    make_run(tables={"job": job_rows(range(10)), "phase": [*spans, phase(8.0, None, "last")]})


def test_spans(make_run: MakeRun, runs_folder: Path) -> None:
    """Each phase has one span, with the end that was written last; one that did not end goes on."""
    make(make_run)
    runs = perfmon_analyze.load(runs_folder)
    (recording,) = runs.recordings

    assert phases.spans(runs, recording, "epoch") == [(1.0, 3.0), (5.0, 6.0)]
    assert phases.spans(runs, recording, "last") == [(8.0, np.inf)]
    assert phases.spans(runs, recording, "nowhere") == []


def test_cut(make_run: MakeRun, runs_folder: Path) -> None:
    """Outside of the phase nothing is known, and a phase that never was leaves nothing."""
    make(make_run)
    runs = perfmon_analyze.load(runs_folder)
    (recording,) = runs.recordings
    ram = memory.ram_bytes("rss_bytes")
    (found,) = select.measured(runs, recording, ram, Options(phase="epoch"))

    assert list(found.t[np.isfinite(found.values)]) == [2.0, 3.0, 6.0]
    assert select.measured(runs, recording, ram, Options(phase="nowhere")) == []


def test_figure_says_which_phase(make_run: MakeRun, runs_folder: Path) -> None:
    """A figure that was cut names the phase, and draws what lies in it."""
    make(make_run)
    figure = perfmon_analyze.draw("memory_usage_training", perfmon_analyze.load(runs_folder), phase="epoch")
    text = " ".join(one.get_text() for one in figure.findobj() if hasattr(one, "get_text"))

    assert "only during phase epoch" in text


def test_summary_is_cut_too(make_run: MakeRun, runs_folder: Path) -> None:
    """Samples and duration are the phase's; growth since the run's start says nothing of a phase."""
    make(make_run)
    summary = summarize(perfmon_analyze.load(runs_folder), Options(phase="epoch"))
    (stage,) = summary["stages"]

    assert summary["phase"] == "epoch"
    assert stage["ram"]["samples"] == 3
    assert stage["duration"]["mean"] == 3.0
    assert stage["disk_growth"]["samples"] == 0


def test_what_was_logged_and_timed_is_cut_too(make_run: MakeRun, runs_folder: Path) -> None:
    """Metrics and batches count if they came while the phase went on, in pictures and in the summary."""
    tables = {"metric": metric_rows({"loss": [9.0, 8.0, 7.0, 6.0, 5.0]}), "batch": batch_rows([1.0, 2.0, 3.0, 4.0])}
    make_run(tables={**tables, "phase": [phase(1.0, 2.5)]})
    runs = perfmon_analyze.load(runs_folder)
    summary = summarize(runs, Options(phase="epoch"))
    (loss,) = loss_data(runs, "training", options=Options(phase="epoch"))
    (times,) = batch_data(runs, "training", options=Options(phase="epoch"))
    figure = perfmon_analyze.draw("training_loss", runs, phase="epoch")

    assert (loss.values.tolist(), times.values.tolist()) == ([8.0, 7.0], [2.0, 3.0])
    assert summary["training"][0]["final"]["loss"]["value"] == 7.0
    assert summary["inference"][0]["batches"] == 2
    assert "only during phase epoch" in " ".join(one.get_text() for one in figure.findobj(Text))
