"""Run folders that cannot be written to any more, or are gone: the job never notices, and what was written is there."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PERFMON, OnlyRun, Perfmon
from tests.reliability.conftest import Start
from tests.reliability.processes import facts, query, recorded, wait_for


def mount(*words: str) -> None:
    """Mount something, or skip the test where this user may not."""
    if os.geteuid() != 0 or subprocess.run(["mount", *words], capture_output=True, check=False).returncode:
        pytest.skip("mounting needs a privileged user")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB of the test's own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=1m", "perfmon-test", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the space that is left."""
    path = folder / "ballast"
    with path.open("ab", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return path


def test_a_disk_that_fills_up_and_gets_room_again(recorder: Start, small: Path) -> None:
    """The job goes on, recording resumes once there is room, and the gap and its reason are in the data."""
    process = recorder("--runs", str(small / "runs"), "--interval", "20ms", "--", "sleep", "3")
    (run,) = wait_for(lambda: list(small.glob("runs/*")))
    wait_for(lambda: recorded(run) > 30_000)
    ballast = fill(small)
    full_at = time.monotonic() - facts(run)["begin_monotonic"]
    time.sleep(0.7)
    ballast.unlink()
    room_at = time.monotonic() - facts(run)["begin_monotonic"]
    output, errors = process.communicate()
    # Not always one gap: what a helper says may still fit where a tick did not.
    gaps = query(run, "select begin_t, end_t, reason, detail from event where kind = 'unwritten' order by begin_t")
    begins, ends, reasons, details = zip(*gaps, strict=True)
    missing = query(run, f"select t from job where t > {full_at + 0.1} and t < {room_at - 0.05}")
    after = query(run, f"select count(*) >= 20, max(t) > 2.9 from job where t > {room_at}")

    assert (process.returncode, output) == (0, "")
    assert errors == (
        f"perfmon: {run} is not whole: {facts(run)['sampler']['rows_lost']} rows could not be written: "
        "No space left on device; perfmon verify says when\n"
    )
    assert begins[0] == pytest.approx(full_at, abs=0.15)
    assert ends[-1] == pytest.approx(room_at, abs=0.15)
    assert set(reasons) == {"no_space"}
    assert all(str(detail).endswith("rows could not be written: No space left on device") for detail in details)
    assert missing == []
    assert after == [(True, True)]
    assert facts(run)["sampler"]["rows_lost"] == sum(int(str(detail).split()[0]) for detail in details)
    assert query(run, "select count(*) from event where kind = 'torn'") == [(0,)]


def test_a_disk_that_stays_full(recorder: Start, small: Path) -> None:
    """The job's exit status is its own, one line tells what is not sealed, and what was written can be read."""
    process = recorder("--runs", str(small / "runs"), "--interval", "20ms", "--", "sh", "-c", "sleep 0.8; exit 3")
    (run,) = wait_for(lambda: list(small.glob("runs/*")))
    wait_for(lambda: recorded(run) > 30_000)
    ballast = fill(small)
    _, errors = process.communicate()
    left = sorted(path.name for path in run.rglob("*.tmp"))
    ballast.unlink()
    sealed = subprocess.run(["perfmon", "seal", str(run)], capture_output=True, text=True, check=False)

    assert process.returncode == 3
    assert "No space left on device" in errors
    assert len(errors.splitlines()) == 1
    assert left == []
    assert (sealed.returncode, facts(run)["state"]) == (0, "lost")
    assert query(run, "select count(*) > 5 from job") == [(True,)]


def test_a_limit_on_the_size_of_files(perfmon: Perfmon, only_run: OnlyRun, tmp_path: Path) -> None:
    """Where the journal takes nothing in any more, one line tells how many rows that cost, and the run is not sound."""
    script = f"ulimit -f 40; exec {shlex.quote(PERFMON)} run --quiet --interval 10ms -- sleep 1.5"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    lost = facts(only_run())["sampler"]["rows_lost"]
    verified = perfmon("verify", "runs")

    assert done.returncode == 0
    assert lost > 20
    assert done.stderr == (
        f"perfmon: {only_run()} is not whole: {lost} rows could not be written: File too large; "
        "perfmon verify says when\n"
    )
    assert verified.returncode == 1
    assert f"problem    {lost} rows could not be written, as run.json says\n" in verified.stdout


def test_a_disk_that_is_full_from_the_start(recorder: Start, small: Path, tmp_path: Path) -> None:
    """Without room for run.json the command is not started, and nothing half made is left."""
    (small / "runs").mkdir()
    fill(small)
    process = recorder("--runs", str(small / "runs"), "--", "touch", str(tmp_path / "started"))
    _, errors = process.communicate()

    assert process.returncode == 125
    assert "No space left on device; choose another --runs" in errors
    assert list((small / "runs").iterdir()) == []
    assert not (tmp_path / "started").exists()


def test_a_run_folder_that_becomes_read_only(recorder: Start, tmp_path: Path) -> None:
    """What is open goes on being written; what can't be sealed is told, and the job never notices."""
    process = recorder("--interval", "20ms", "--", "sh", "-c", "sleep 1; exit 3")
    (run,) = wait_for(lambda: list(tmp_path.glob("runs/*")))
    wait_for(lambda: recorded(run) > 5_000)
    mount("--bind", str(run), str(run))
    try:
        mount("-o", "remount,ro,bind", str(run))
        _, errors = process.communicate()
        state = facts(run)["state"]
    finally:
        subprocess.run(["umount", "--lazy", str(run)], check=True)
    sealed = subprocess.run(["perfmon", "seal", str(run)], capture_output=True, text=True, check=False)

    assert (process.returncode, state) == (3, "running")
    assert "Read-only file system" in errors
    assert len(errors.splitlines()) == 1
    assert sealed.returncode == 0
    assert query(run, "select max(t) > 0.9 from job") == [(True,)]


def test_a_run_folder_that_vanishes(recorder: Start, tmp_path: Path) -> None:
    """A run folder that somebody removes is told of at the end; the job never notices."""
    process = recorder("--interval", "20ms", "--", "sh", "-c", "sleep 0.6; exit 3")
    (run,) = wait_for(lambda: list(tmp_path.glob("runs/*")))
    wait_for(lambda: recorded(run) > 5_000)
    (run.parent).rename(tmp_path / "moved")
    _, errors = process.communicate()
    sealed = subprocess.run(["perfmon", "seal", str(tmp_path / "moved")], capture_output=True, text=True, check=False)

    assert process.returncode == 3
    assert "No such file or directory" in errors
    assert len(errors.splitlines()) == 1
    assert not (tmp_path / "runs").exists()
    assert sealed.returncode == 0
    assert query(tmp_path / "moved", "select max(t) > 0.5 from job") == [(True,)]
