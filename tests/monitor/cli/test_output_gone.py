"""Standard output and standard error that are full, closed, or whose reader has gone, in every verb."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from perfmon.cli.verbs import VERBS
from tests.conftest import PERFMON

FULL = "standard output cannot be written: No space left on device"
CLOSED = "standard output cannot be written: Bad file descriptor"
NOBODY_READS = "set -o pipefail; {} | true"
WORDS = {
    "ls": "ls runs",
    "show": "show",
    "watch": "watch --once",
    "verify": "verify runs",
    "doctor": "doctor",
    "config": "config",
    "completion": "completion bash",
    "seal": "seal runs",
    "findings": "findings runs",
    "help": "--help",
    "version": "--version",
    "help of a verb": "ls --help",
    "help of run": "run --help",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one sound run."""
    path = tmp_path_factory.mktemp("recorded")
    subprocess.run([PERFMON, "run", "--quiet", "--interval", "50ms", "--", "sleep", "0.2"], cwd=path, check=True)
    return path


def done(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """How a line of a shell went."""
    variables = os.environ | {"P": PERFMON}
    words = ["bash", "-c", script]
    return subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True, timeout=60, check=False)


def unexpected(run: subprocess.CompletedProcess[str], status: int, lines: int) -> list[str]:
    """What is not as it should be."""
    if run.returncode == status and "Traceback" not in run.stderr and len(run.stderr.splitlines()) <= lines:
        return []
    return [f"{run.args[-1]}: {run.returncode} {run.stderr}"]


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_standard_output(folder: Path, words: str) -> None:
    """What cannot be written is told in one line, with the status that ls has; who reads no further is no error."""
    full, closed = done(folder, f'"$P" {words} >/dev/full'), done(folder, f'"$P" {words} >&-')
    unread = done(folder, NOBODY_READS.format(f'"$P" {words}'))

    assert unexpected(full, 2, 1) + unexpected(closed, 2, 1) + unexpected(unread, 0, 0) == []
    assert FULL in full.stderr
    assert CLOSED in closed.stderr


@pytest.mark.parametrize("words", [*WORDS.values(), *VERBS, "no-such-verb"])
def test_nothing_can_be_told(folder: Path, words: str) -> None:
    """Without room on either, or with all three closed, there is no traceback, and the status is no signal's or 120."""
    for streams in (">/dev/full 2>/dev/full", ">&- 2>&- <&-", "2>/dev/full >log"):
        if words != "serve":  # it goes on until it is told to end
            assert 0 <= done(folder, f'"$P" {words} {streams}').returncode < 120 or words == "run"


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-", ">&- 2>&- <&-", ">/dev/full 2>/dev/full"])
def test_a_run_that_nobody_hears_of(tmp_path: Path, streams: str) -> None:
    """The command runs and its status is perfmon's; the run is recorded."""
    run = done(tmp_path, f"\"$P\" run -- sh -c 'touch ran; exit 3' {streams}")

    assert (run.returncode, run.stdout, (tmp_path / "ran").exists()) == (3, "", True)
    assert len(list((tmp_path / "runs").glob("*/job/*.parquet"))) == 1


def test_a_reader_that_has_stopped(tmp_path: Path) -> None:
    """A pipe on standard error that is full holds the command up no longer than it takes to see that."""
    os.mkfifo(tmp_path / "full")
    reader = os.open(tmp_path / "full", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(tmp_path / "full", os.O_WRONLY | os.O_NONBLOCK)
    words = [PERFMON, "run", "--interval", "50ms", "--", "sh", "-c", "sleep 0.3; exit 3"]
    with subprocess.Popen(words, cwd=tmp_path, stderr=os.open(tmp_path / "full", os.O_WRONLY)) as process:
        while not list(tmp_path.glob("runs/*/journal/*")):
            pass
        with contextlib.suppress(BlockingIOError):
            while os.write(writer, b"x" * 4096):
                pass
        status = process.wait(timeout=20)
    os.close(reader)
    os.close(writer)

    assert status == 3


def test_a_verdict_stays_one(folder: Path, tmp_path: Path) -> None:
    """`verify` says by its status whether runs are sound, whoever reads its text."""
    subprocess.run(["cp", "-r", folder / "runs", tmp_path], check=True)
    (path,) = tmp_path.glob("runs/*/job/*.parquet")
    path.unlink()
    verify = '"$P" verify runs'
    lines = [verify, NOBODY_READS.format(verify), f"{verify} >/dev/full", f"{verify} >&-"]

    assert [done(tmp_path, line).returncode for line in lines] == [1, 1, 1, 1]
    assert done(folder, NOBODY_READS.format(verify)).returncode == 0
