"""One word means one run, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfmon_analyze.browse import resolve
from perfmon_analyze.browse.catalog import NoSuchRun

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.browse.conftest import Begin


@pytest.fixture
def runs(begin: Begin, runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three runs; the working directory is the one around their folder."""
    made = [begin(name="first try"), begin(name="second"), begin(name="second best")]
    monkeypatch.chdir(runs_folder.parent)
    return [f"runs/{folder.name}" for folder in made]


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("latest", 2),
        ("-1", 2),
        ("-3", 0),
        ("0", 0),
        ("2", 2),
        ("second", 1),
        ("second b", 2),
        ("fir", 0),
        ("20261122T184301Z-training-b12-0001", 1),
        ("20261122T184301", 1),
        ("0002", 2),
        ("runs/20261122T184300Z-training-b12-0000", 0),
        ("runs/20261122T184300Z-training-b12-0000/", 0),
    ],
)
def test_a_word_means_a_run(runs: list[str], word: str, place: int) -> None:
    """Its path, index or name, the beginning of one name only, or the last four digits."""
    assert resolve.one(word).folder == runs[place]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("3", "there is no run 3 in 'runs': it holds 3, -3 to -1"),
        ("-4", "there is no run -4 in 'runs'"),
        ("20261122T1843", "'20261122T1843' fits 3 runs in 'runs': 20261122T184300Z-training-b12-0000, "),
        ("sec", "'sec' fits 2 runs"),
        ("third", "there is no run 'third' in 'runs'; `perfmon ls runs` lists them"),
        ("runs", "'runs' holds 3 runs; name one of them"),
        ("no/where", "there is no folder 'no/where'"),
        ("", "fits 3 runs"),
    ],
)
def test_a_word_that_does_not(runs: list[str], word: str, message: str) -> None:
    """What there is instead is said."""
    with pytest.raises(NoSuchRun, match=r"^[^\n]*$") as refused:
        resolve.one(word)

    assert message in str(refused.value)


def test_a_folder_that_is_called_like_a_run(runs: list[str], tmp_path: Path) -> None:
    """Where it holds no run, the name is meant."""
    (tmp_path / "second").mkdir()

    assert resolve.one("second").folder == runs[1]


def test_another_folder_of_runs(runs: list[str], tmp_path: Path) -> None:
    """Names and indices are looked up where they are said to be."""
    (tmp_path / "runs").rename(tmp_path / "study")

    assert resolve.one("-1", runs="study").folder == runs[2].replace("runs", "study")


def test_several(runs: list[str]) -> None:
    """Each once; a folder of runs means all of them."""
    assert [one.folder for one in resolve.several(["-1", "runs", "second"])] == [runs[2], runs[0], runs[1]]


def test_folders(runs: list[str], tmp_path: Path) -> None:
    """A path is itself, whatever it holds, and so is any word where there are no runs; other words mean a run."""
    assert resolve.folders(["runs", str(tmp_path), "-1", "first try"]) == ["runs", str(tmp_path), runs[2], runs[0]]
    assert resolve.folders(["-1"], "nowhere") == ["-1"]

    with pytest.raises(NoSuchRun, match="there is no run 'third'"):
        resolve.folders(["third"])
