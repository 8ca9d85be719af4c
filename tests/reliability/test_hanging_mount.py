"""Mounts that no longer answer, as those of a dead file server: a real one, whose server is stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from perfmon.store import recover
from tests.reliability.conftest import Start
from tests.reliability.processes import begun, facts, query, recorded, wait_for
from tests.reliability.test_faults import IMPATIENT, grid

# A command that is asked to end, and says by its status that it was.
JOB = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); signal.pause()"


class Server(NamedTuple):
    """A mounted folder, and the process that answers for it."""

    folder: Path
    process: subprocess.Popen[bytes]

    def hang(self) -> None:
        """Answer nothing any more."""
        self.process.send_signal(signal.SIGSTOP)

    def answer(self) -> None:
        """Answer again."""
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A file system in user space that shows another folder."""
    if not shutil.which("bindfs") or not os.access("/dev/fuse", os.W_OK) or os.geteuid():
        pytest.skip("a mount that hangs needs root, /dev/fuse and bindfs")
    shown, folder = tmp_path / "shown", tmp_path / "mounted"
    shown.mkdir()
    folder.mkdir()
    with subprocess.Popen(["bindfs", "-f", str(shown), str(folder)]) as process:
        wait_for(folder.is_mount)
        yield Server(folder, process)
        process.send_signal(signal.SIGCONT)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        process.terminate()


def test_a_run_folder_on_a_mount_that_hangs(recorder: Start, server: Server) -> None:
    """The command, its signals and its exit status are as ever; one line tells; what was recorded can be sealed."""
    process = recorder("--runs", str(server.folder / "runs"), "--interval", "20ms", "--", sys.executable, "-c", JOB)
    run = begun(server.folder)
    wait_for(lambda: recorded(run) > 20_000)
    server.hang()
    time.sleep(0.5)
    begin = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    took = time.monotonic() - begin
    server.answer()
    mended = recover.recover(str(run))

    assert process.returncode == 7
    assert took < 10
    assert errors.count("takes nothing in") == 1
    assert mended.lost_after is not None
    assert grid(server.folder / "runs")[0] > 5


def test_a_run_folder_on_a_mount_that_answers_again(recorder: Start, server: Server) -> None:
    """Recording goes on, and the gap and its length are in the data."""
    process = recorder("--runs", str(server.folder / "runs"), "--interval", "20ms", "--", "sleep", "3")
    run = begun(server.folder)
    wait_for(lambda: recorded(run) > 20_000)
    server.hang()
    time.sleep(1.0)
    server.answer()
    _, errors = process.communicate(timeout=60)
    missed = query(run, "select max(end_t - begin_t) from event where kind = 'missed'")[0][0]

    assert (process.returncode, errors, facts(run)["state"]) == (0, "", "finished")
    assert 0.8 < float(str(missed)) < 2.0


def test_a_watched_folder_on_a_mount_that_hangs(recorder: Start, server: Server, tmp_path: Path) -> None:
    """CPU and memory keep their grid, an event tells, and the end of the run does not wait for it for long."""
    process = recorder("--interval", "50ms", "--disk", str(server.folder), "--", "sleep", "2.5", change=IMPATIENT)
    run = begun(tmp_path)
    wait_for(lambda: b'"folder"' in b"".join(path.read_bytes() for path in run.glob("journal/*")))
    server.hang()
    begin = time.monotonic()
    process.communicate(timeout=60)
    took = time.monotonic() - begin
    count, longest = grid(run)
    told = query(run, "select distinct reason from event where kind = 'error' and source = 'folder'")

    assert process.returncode == 0
    assert took < 2.5 + 4
    assert count >= 40
    assert longest < 0.4
    assert told == [("timeout",)]
