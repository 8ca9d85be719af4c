"""Jobs of a real SLURM cluster, of one node: its signals, its grace period, and what it ends jobs for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from perfmon.store import recover
from tests.conftest import PERFMON
from tests.reliability.cluster import Cluster
from tests.reliability.processes import begun, facts, wait_for

# Writes down each signal that comes; the first TERM ends it half a second later, unless it is told to ignore it.
JOB = """
import os, signal, sys, time
heard = os.open("heard", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"):
    signal.signal(getattr(signal, name), lambda n, _: os.write(heard, signal.Signals(n).name.encode() + b" "))
os.write(heard, b"ready ")
while b"SIGTERM" not in open("heard", "rb").read() or sys.argv[1] == "ignore":
    time.sleep(0.05)
time.sleep(0.5)
sys.exit(4)
"""


def submit(slurm: Cluster, folder: Path, what: str, *options: str, prefix: str = "") -> str:
    """Submit the job, and wait until it hears signals."""
    folder.mkdir(exist_ok=True)
    (folder / "job.py").write_text(JOB)
    job = slurm.submit(folder, f"exec {prefix} '{sys.executable}' job.py {what}", *options)
    wait_for(lambda: heard(folder)[:1] == ["ready"], seconds=60)
    return job


def recorded(slurm: Cluster, folder: Path, what: str, *options: str, perfmon: str = "") -> str:
    """The same under `perfmon run`, once the first rows are there."""
    job = submit(slurm, folder, what, *options, prefix=f"'{PERFMON}' run --interval 50ms {perfmon} --")
    wait_for(lambda: list(folder.glob("runs/*/journal/*")))
    return job


def heard(folder: Path) -> list[str]:
    """What the job has written down."""
    path = folder / "heard"
    return path.read_text().split() if path.exists() else []


def ended(slurm: Cluster, job: str, folder: Path) -> dict[str, Any]:
    """The run's facts, once SLURM says that nothing of the job is left."""
    slurm.wait(job)
    return facts(begun(folder))


def test_cancelled(slurm: Cluster, tmp_path: Path) -> None:
    """`scancel` signals every process of the job; the command hears what it hears bare, and run.json is complete."""
    bare = submit(slurm, tmp_path / "bare", "end", "--time=10")
    job = recorded(slurm, tmp_path / "recorded", "end", "--time=10")
    slurm.ask("scancel", bare, job)
    known = ended(slurm, job, tmp_path / "recorded")
    slurm.wait(bare)

    assert heard(tmp_path / "recorded") == heard(tmp_path / "bare") == ["ready", "SIGTERM"]
    assert (known["state"], known["exit_status"], known["ending"]["cause"]) == ("failed", 4, "cancelled")
    assert not (begun(tmp_path / "recorded") / "journal").exists()


@pytest.mark.parametrize("option", ["--batch", "--full"])
def test_signals_come_once(slurm: Cluster, tmp_path: Path, option: str) -> None:
    """`scancel --signal` reaches the command as often as it does bare, whichever processes it is for."""
    bare = submit(slurm, tmp_path / "bare", "ignore", "--time=10")
    job = recorded(slurm, tmp_path / "recorded", "ignore", "--time=10")
    for name in ("USR1", "USR2"):
        slurm.ask("scancel", "--signal", name, option, bare, job)
    slurm.ask("scancel", "--signal", "INT", "--full", bare, job)
    wait_for(lambda: all("SIGINT" in heard(tmp_path / folder) for folder in ("bare", "recorded")))
    slurm.ask("scancel", bare, job)
    known = ended(slurm, job, tmp_path / "recorded")
    slurm.wait(bare)

    assert sorted(heard(tmp_path / "recorded")) == sorted(heard(tmp_path / "bare"))
    assert known["state"] == "running"  # whoever ignores TERM is killed with all around it


def test_killed_after_the_grace_period(slurm: Cluster, tmp_path: Path) -> None:
    """TERM, a wait, KILL for everybody: what asked the job to end is in run.json before, and no row is lost."""
    job = recorded(slurm, tmp_path, "ignore", "--time=10")
    slurm.ask("scancel", job)
    known = ended(slurm, job, tmp_path)
    run = begun(tmp_path)
    before = known["ending"]
    mended = recover.recover(str(run))
    after = facts(run)

    assert (known["state"], before["cause"]) == ("running", "cancelled")
    assert "SIGTERM" in before["evidence"][0]
    assert mended.lost_after is not None
    assert (after["state"], after["ending"]["cause"]) == ("lost", "cancelled")
    assert after["ending"]["evidence"][:-1] == before["evidence"]


def test_kill_after_ends_in_time(slurm: Cluster, tmp_path: Path) -> None:
    """With `--kill-after` a job that ignores TERM is ended within the grace period, and run.json is whole."""
    job = recorded(slurm, tmp_path, "ignore", "--time=10", perfmon="--kill-after 500ms")
    slurm.ask("scancel", job)
    known = ended(slurm, job, tmp_path)

    assert (known["state"], known["exit_reason"]) == ("killed", "killed by SIGKILL")
    assert known["ending"]["cause"] == "cancelled"


def test_preempted(slurm: Cluster, tmp_path: Path) -> None:
    """A job that makes room for another says so."""
    job = recorded(slurm, tmp_path, "end", "--time=10", "--exclusive")
    (tmp_path / "other").mkdir()
    slurm.submit(tmp_path / "other", "true", "--partition=high", "--exclusive", "--time=1")
    known = ended(slurm, job, tmp_path)

    assert (known["state"], known["ending"]["cause"]) == ("failed", "preempted")
    assert "preempted" in " ".join(known["ending"]["evidence"])


def test_notice_of_the_time_limit(slurm: Cluster, tmp_path: Path) -> None:
    """A signal that the job has ordered for the time before its limit is taken as the limit's."""
    job = recorded(slurm, tmp_path, "end", "--time=1", "--signal=B:TERM@50")
    known = ended(slurm, job, tmp_path)

    assert (known["state"], known["ending"]["cause"]) == ("failed", "time_limit")
    assert heard(tmp_path) == ["ready", "SIGTERM"]
