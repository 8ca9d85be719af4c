"""Runs are found by their run.json."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from perfmon_analyze.browse import catalog

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.browse.conftest import Begin


def test_the_newest_last(begin: Begin, runs_folder: Path) -> None:
    """Whatever the folders are called, and however deep they lie."""
    first, second, third = begin(), begin(), begin()
    (runs_folder / "old" / "er").mkdir(parents=True)
    second.rename(runs_folder / "old" / "er" / "a")

    listed = catalog.find([str(runs_folder)])

    assert [one.folder for one in listed] == [str(first), str(runs_folder / "old" / "er" / "a"), str(third)]


def test_a_run_given_twice_counts_once(begin: Begin, runs_folder: Path) -> None:
    """By itself, and in its folder."""
    run = begin()

    assert len(catalog.find([str(runs_folder), str(run), f"{run}/"])) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1', "[" * 100_000])
def test_facts_that_cannot_be_read(begin: Begin, runs_folder: Path, text: str) -> None:
    """The run is listed in its place, by the time in its name, and what is wrong is said."""
    runs = [begin(), begin(), begin()]
    (runs[1] / "run.json").write_text(text)

    listed = catalog.find([str(runs_folder)])

    assert [one.folder for one in listed] == [str(run) for run in runs]
    assert str(listed[1].problem).startswith(f"{runs[1]}/run.json ")
    assert (catalog.state(listed[1]), listed[1].begin) == ("unknown", "2026-11-22T18:43:01Z")


def test_facts_that_are_missing(begin: Begin, runs_folder: Path) -> None:
    """A folder that holds tables is still a run."""
    run = begin()
    (run / "run.json").unlink()
    (run / "job").mkdir()

    (one,) = catalog.find([str(runs_folder)])

    assert one.problem == f"{run}/run.json is missing"


def test_a_link_in_the_place_of_facts(begin: Begin, runs_folder: Path, tmp_path: Path) -> None:
    """It is not followed."""
    run = begin()
    (tmp_path / "secret").write_text('{"name": "secret"}')
    (run / "run.json").unlink()
    (run / "run.json").symlink_to(tmp_path / "secret")

    (one,) = catalog.find([str(runs_folder)])

    assert (one.facts, "cannot be read" in str(one.problem)) == ({}, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_of_somebody_else(begin: Begin, runs_folder: Path) -> None:
    """It does not keep the others from being listed."""
    begin()
    theirs = begin()
    theirs.chmod(0)

    assert [one.problem is None for one in catalog.find([str(runs_folder)])] == [True, False]
    theirs.chmod(0o700)


def test_no_runs(tmp_path: Path) -> None:
    """The folder is named, and so is the way to get some."""
    with pytest.raises(catalog.NoSuchRun, match="`perfmon run` records one"):
        catalog.find([str(tmp_path)])
    with pytest.raises(catalog.NoSuchRun, match="there is no folder 'nowhere'"):
        catalog.find(["nowhere"])
