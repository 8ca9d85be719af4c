"""`perfmon attach` on processes that run already."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import PERFMON, OnlyRun, Perfmon, tables

JOB = "held = bytearray(100_000_000); held[::4096] = b'x' * len(held[::4096]); print(flush=True); input()"


def wait_for_rows(journal: Path) -> None:
    """Wait until the first tick has been written."""
    deadline = time.monotonic() + 30
    while not any('"job"' in path.read_text() for path in journal.iterdir()):
        assert time.monotonic() < deadline


def test_until_the_process_ends(tmp_path: Path, only_run: OnlyRun) -> None:
    """A process is recorded from now to its end, and totals leave out what it had used before."""
    words = [PERFMON, "attach", "--interval", "50ms", "--model", "m"]
    with subprocess.Popen([sys.executable, "-c", JOB], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as job:
        assert job.stdout is not None
        job.stdout.readline()
        with subprocess.Popen([*words, str(job.pid)], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as watch:
            assert watch.stderr is not None
            assert f"recording process {job.pid} to runs/" in watch.stderr.readline()
            wait_for_rows(only_run() / "journal")
            job.communicate(b"\n")
            assert watch.wait(timeout=30) == 0
    known = json.loads((only_run() / "run.json").read_text())
    (row,) = tables(only_run()).execute("select max(rss_bytes) > 1e8, min(cpu_user_seconds) from job").fetchall()

    assert (known["state"], known["exit_reason"], known["model"]) == ("finished", "the process ended", "m")
    assert known["command"][:2] == [sys.executable, "-c"]
    assert row[0]
    assert known["totals"]["cpu_user_seconds"] < 0.2


def test_until_it_is_stopped(tmp_path: Path, only_run: OnlyRun) -> None:
    """Ctrl-C ends the recording and leaves the process alone."""
    with subprocess.Popen(["sleep", "60"]) as job:
        words = [PERFMON, "attach", str(job.pid), "--interval", "50ms"]
        with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as watch:
            assert watch.stderr is not None
            watch.stderr.readline()
            wait_for_rows(only_run() / "journal")
            watch.send_signal(signal.SIGINT)
            assert watch.wait(timeout=30) == 0
        alive = job.poll() is None
        job.kill()
    known = json.loads((only_run() / "run.json").read_text())

    assert alive
    assert known["exit_reason"] == "the recording was stopped"
    assert not (only_run() / "journal").exists()


def test_no_such_process(perfmon: Perfmon, tmp_path: Path) -> None:
    """A process that is not there is one clear line, and no run."""
    done = perfmon("attach", str(2**22 + 1))

    assert done.returncode == 1
    assert done.stderr == f"perfmon attach: process {2**22 + 1} cannot be watched: No such file or directory\n"
    assert not (tmp_path / "runs").exists()
