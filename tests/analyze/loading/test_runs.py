"""Loaded runs are tidy tables with labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import perfmon_analyze
from tests.analyze.run_factory import folder_rows, job_rows, metric_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun


def span(stage: str, begin: float, end: float | None, **labels: str | None) -> dict[str, object]:
    """A phase row of an attached stage."""
    return {
        "t": begin,
        "kind": "stage",
        "name": stage,
        "pid": 7,
        "stage": stage,
        "begin_t": begin,
        "end_t": end,
        **labels,
    }


def test_tables_of_several_runs_are_one(make_run: MakeRun, runs_folder: Path) -> None:
    """A table holds the rows of all runs with their labels."""
    make_run("a", model="bielik12", tables={"job": job_rows([1, 2])})
    make_run("b", model="żubr", tables={"job": job_rows([3])})

    table = perfmon_analyze.load(runs_folder).table("job", ["model", "rss_bytes"])

    assert list(zip(table["model"], table["rss_bytes"], strict=True)) == [("bielik12", 1), ("bielik12", 2), ("żubr", 3)]
    assert list(table.columns) == ["model", "rss_bytes", "recording", "origin", "elapsed_seconds"]


def test_facts_have_a_row_per_recording(make_run: MakeRun, runs_folder: Path) -> None:
    """An attached stage stands beside the run that it is part of."""
    make_run("a", stage="pipeline", tables={"phase": [span("training", 2.0, 4.0)]})

    facts = perfmon_analyze.load(runs_folder).facts

    assert list(facts["stage"]) == ["pipeline", "training"]
    assert list(facts["recording"]) == ["a", "a+training@2"]


def test_rows_inside_a_span_are_labelled_by_it(make_run: MakeRun, runs_folder: Path) -> None:
    """Both ends belong to the span; its elapsed time counts from its beginning."""
    tables = {"job": job_rows([0, 1, 2, 3, 4]), "phase": [span("inference", 1.0, 3.0, variant="baseline")]}
    make_run("a", stage="pipeline", tables=tables)

    table = perfmon_analyze.load(runs_folder).table("job").sort_values("t")

    assert list(table["stage"]) == ["pipeline", "inference", "inference", "inference", "pipeline"]
    assert list(table["variant"].dropna()) == ["baseline"] * 3
    assert list(table["elapsed_seconds"]) == [0.0, 0.0, 1.0, 2.0, 4.0]


def test_the_only_stage_of_a_run_without_one_labels_all_of_it(make_run: MakeRun, runs_folder: Path) -> None:
    """The command's name is no label where the pipeline's own code gave one."""
    tables = {"job": job_rows([0, 1, 2]), "phase": [span("inference", 1.0, 2.0, variant="baseline")]}
    make_run("a", stage="pipeline.py", known={"stage_given": False}, tables=tables)

    table = perfmon_analyze.load(runs_folder).table("job")

    assert list(zip(table["stage"], table["variant"], strict=True)) == [("inference", "baseline")] * 3


def test_an_open_span_reaches_to_the_last_row(make_run: MakeRun, runs_folder: Path) -> None:
    """A stage that never ended has all that follows."""
    make_run("a", tables={"job": job_rows([0, 1, 2]), "phase": [span("inference", 1.0, None)]})

    assert list(perfmon_analyze.load(runs_folder).table("job")["stage"]) == ["training", "inference", "inference"]


def test_stages_at_the_same_time_keep_their_own_metrics(make_run: MakeRun, runs_folder: Path) -> None:
    """What two stages logged while both ran is told apart by the labels they wrote it with."""
    spans = [span("one", 0.0, 9.0), span("two", 1.0, 9.0)]
    logged = [row | {"t": 5.0, "stage": stage} for stage in ("one", "two") for row in metric_rows({"loss": [1.0]})]
    make_run("a", stage="pipeline", tables={"phase": spans, "metric": logged})

    table = perfmon_analyze.load(runs_folder).table("metric")

    assert list(zip(table["stage"], table["series"], strict=True)) == [("one", "L15"), ("two", "L15")]


def test_an_unknown_table_is_refused(make_run: MakeRun, runs_folder: Path) -> None:
    """The error says which tables there are."""
    make_run("a", tables={"folder": folder_rows([1])})

    with pytest.raises(ValueError, match="must be one of host, job, gpu"):
        perfmon_analyze.load(runs_folder).table("gpus")


def test_a_table_without_rows_has_its_columns(make_run: MakeRun, runs_folder: Path) -> None:
    """A table that no run has is empty, not an error."""
    make_run("a", tables={})

    table = perfmon_analyze.load(runs_folder).table("gpu", ["uuid"])

    assert (len(table), list(table.columns)) == (0, ["uuid", "recording", "origin", "elapsed_seconds"])


def test_loaded_runs_show_themselves(make_run: MakeRun, runs_folder: Path) -> None:
    """A notebook gets a PNG."""
    make_run("a", tables={"job": job_rows([1, 2])})

    assert perfmon_analyze.load(runs_folder)._repr_png_().startswith(b"\x89PNG")
