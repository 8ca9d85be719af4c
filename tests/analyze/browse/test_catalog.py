"""Runs are found by their run.json."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from perfmon.store import journal, layout, seal
from perfmon_analyze.browse import catalog

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.browse.conftest import Begin


def add_journal(folder: Path) -> None:
    """A journal with a row, as a recorder leaves it."""
    (folder / "journal").mkdir()
    writer = journal.Journal(layout.journal_path(str(folder), "h-1-00000000-0001"), {"run": folder.name})
    writer.append([("job", {"t": 0.0, "rss_bytes": 1})])
    writer.close()


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


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1', "[" * 100_000, '{"lr": 1}', None])
def test_facts_that_cannot_be_read(begin: Begin, runs_folder: Path, text: str | None) -> None:
    """A run that has a journal is listed in its place, by the time in its name, and what is wrong is said."""
    runs = [begin(), begin(), begin()]
    add_journal(runs[1])
    (runs[1] / "run.json").unlink()
    if text is not None:
        (runs[1] / "run.json").write_text(text)

    listed = catalog.find([str(runs_folder)])

    assert [one.folder for one in listed] == [str(run) for run in runs]
    assert str(listed[1].problem).startswith(f"{runs[1]}/run.json ")
    assert (catalog.state(listed[1]), listed[1].begin) == ("unknown", "2026-11-22T18:43:01Z")


@pytest.mark.parametrize("text", ["", "{", '{\n "format": 1,\n "run": "a'])
def test_torn_facts_of_a_sealed_run(begin: Begin, runs_folder: Path, text: str) -> None:
    """Beside segments they are still a run's."""
    run = begin()
    add_journal(run)
    seal.seal(str(run))
    (run / "run.json").write_text(text)

    (one,) = catalog.find([str(runs_folder)])

    assert str(one.problem).startswith(f"{run}/run.json cannot be read (")


@pytest.mark.parametrize("text", ["no", '{"format": 1}', None])
def test_what_is_left_of_a_run(begin: Begin, runs_folder: Path, text: str | None) -> None:
    """Without a run.json of perfmon's and without a journal it is no run any more; that is said."""
    run, left = begin(), begin()
    add_journal(left)
    seal.seal(str(left))
    (left / "journal").mkdir(exist_ok=True)
    (left / "run.json").unlink()
    if text is not None:
        (left / "run.json").write_text(text)

    listed, problems = catalog.search([str(runs_folder)])

    assert [one.folder for one in listed] == [str(run)]
    assert problems == [
        f"{left} looks like a run, but has no run.json that can be read: it is left out; restore its run.json"
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.json", '{"run": "mine", "format": "png"}'),
        ("job/part-0.parquet", "mine"),
        ("journal/diary.jsonl", "[1]"),
        ("journal/h-1-00000000-0001.jsonl", '["00000000","journal",{}]\n'),
        ("event/h-1-00000000-0001.parquet", "PAR1"),
    ],
)
def test_what_is_no_run(begin: Begin, runs_folder: Path, name: str, content: str) -> None:
    """Names decide nothing; the runs below such a folder are found."""
    (runs_folder / "study" / name).parent.mkdir(parents=True)
    (runs_folder / "study" / name).write_text(content)
    run = begin()
    run.rename(runs_folder / "study" / "a")

    assert [one.folder for one in catalog.find([str(runs_folder)])] == [str(runs_folder / "study" / "a")]


def test_a_link_in_the_place_of_facts(begin: Begin, runs_folder: Path, tmp_path: Path) -> None:
    """It is not followed."""
    run, linked = begin(), begin()
    (linked / "run.json").rename(tmp_path / "secret")
    (linked / "run.json").symlink_to(tmp_path / "secret")

    assert [one.folder for one in catalog.find([str(runs_folder)])] == [str(run)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_of_somebody_else(begin: Begin, runs_folder: Path) -> None:
    """It does not keep the others from being listed."""
    begin()
    theirs = begin()
    theirs.chmod(0)

    listed, problems = catalog.search([str(runs_folder)])
    theirs.chmod(0o700)

    assert (len(listed), problems) == (1, [f"{theirs} cannot be looked into (Permission denied): it is left out"])


def test_no_runs(tmp_path: Path) -> None:
    """The folder is named, and so is the way to get some."""
    with pytest.raises(catalog.NoSuchRun, match="`perfmon run` records one"):
        catalog.find([str(tmp_path)])
    with pytest.raises(catalog.NoSuchRun, match="there is no folder 'nowhere'"):
        catalog.find(["nowhere"])
