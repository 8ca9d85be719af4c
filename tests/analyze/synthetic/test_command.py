"""`perfmon synth` on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfmon.store import run_json

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Perfmon


def test_writes_the_study_and_refuses_the_second_time(perfmon: Perfmon, tmp_path: Path) -> None:
    """The first call says what it wrote; the second says in one line why it wrote nothing, and exits with 1."""
    first = perfmon("synth", "runs", "--scale", "0.01", "--interval", "5s", "--seed", "7")
    second = perfmon("synth", "runs", "--scale", "0.01", "--interval", "5s", "--seed", "7")

    assert (first.returncode, first.stdout) == (0, "8 synthetic runs in runs\n")
    assert (second.returncode, second.stdout, second.stderr.count("\n")) == (1, "", 1)
    assert "has the run" in second.stderr
    for folder in (tmp_path / "runs").iterdir():
        known = run_json.read_facts(str(folder))
        assert (known["interval_seconds"], known["tags"]) == (5.0, {"seed": "7", "scale": "0.01"})


def test_a_place_that_cannot_be_written_to(perfmon: Perfmon, tmp_path: Path) -> None:
    """A file in the place of the folder is named in one line; exit status 1."""
    (tmp_path / "runs").write_text("a file")

    ended = perfmon("synth", "runs", "--scale", "0.01")

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "runs" in ended.stderr
    assert (tmp_path / "runs").read_text() == "a file"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["runs", "--seed", "-1"], "0 or more"),
        (["runs", "--seed", "x"], "whole number"),
        (["runs", "--scale", "0"], "above 0"),
        (["runs", "--scale", "nan"], "above 0"),
        (["runs", "--interval", "often"], "not a length of time"),
        (["runs", "--interval", "1ms"], "lengthen it"),
        ([], "DIR"),
    ],
)
def test_a_command_line_that_makes_no_sense(perfmon: Perfmon, tmp_path: Path, words: list[str], sentence: str) -> None:
    """Wrong options are told in one line, exit status 2, and nothing is written."""
    ended = perfmon("synth", *words)

    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert sentence in ended.stderr
    assert not (tmp_path / "runs").exists()


def test_help_has_examples(perfmon: Perfmon) -> None:
    """The help shows how it is used."""
    assert "perfmon synth runs --scale 0.01" in perfmon("synth", "--help").stdout
