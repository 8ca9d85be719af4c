"""A start that failed leaves nothing behind, neither a run folder nor the folder around it."""

from __future__ import annotations

import os
import resource
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PERFMON, WITHOUT_STARTER, Perfmon

RECORD = """
import os, sys, perfmon
{change}
with perfmon.record(stage="s", runs="new/runs", {words}): print("went on")
"""


def recorded(folder: Path, words: str = "", change: str = "pass") -> subprocess.CompletedProcess[str]:
    """A pipeline that records, after a statement and with these arguments."""
    return subprocess.run(
        [sys.executable, "-c", RECORD.format(change=change, words=words)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_working_directory_that_is_gone(tmp_path: Path) -> None:
    """The command is not started, and its status is 125."""
    (tmp_path / "gone").mkdir()
    words = f"rmdir ../gone; exec {shlex.join(WITHOUT_STARTER)} run --runs {tmp_path}/new/runs --disk /tmp -- true"
    done = subprocess.run(["sh", "-c", words], cwd=tmp_path / "gone", capture_output=True, text=True, check=False)

    assert (done.returncode, os.listdir(tmp_path)) == (125, [])
    assert "the working directory is gone" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("interval=1e300", "pass"),
        ("interval='never'", "pass"),
        ("", "sys.executable = '/nowhere/python'"),
        ("", "os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')"),
    ],
)
def test_a_pipeline_goes_on(tmp_path: Path, words: str, change: str) -> None:
    """Whatever keeps it from being recorded is told in one line."""
    done = recorded(tmp_path, words, change)

    assert (done.returncode, done.stdout) == (0, "went on\n")
    assert done.stderr.startswith("perfmon: nothing is recorded: ")
    assert (done.stderr.count("\n"), os.listdir(tmp_path)) == (1, [])


def test_a_command_that_is_not_there(perfmon: Perfmon, tmp_path: Path) -> None:
    """The folder of runs goes too if it was made for this run; one that was there stays."""
    (tmp_path / "old").mkdir()
    done = [perfmon("run", "--runs", runs, "--", "no-such-command") for runs in ("new/runs", "old")]

    assert [one.returncode for one in done] == [127, 127]
    assert (os.listdir(tmp_path), os.listdir(tmp_path / "old")) == (["old"], [])


@pytest.mark.parametrize("most", range(3, 16))
def test_no_descriptors_to_be_had(tmp_path: Path, most: int) -> None:
    """Whichever call fails: if the command was not started there is no run."""
    done = subprocess.run(
        [PERFMON, "run", "--", "touch", "started"],
        cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (tmp_path / "started").exists() or (done.returncode != 0 and os.listdir(tmp_path) == [])
