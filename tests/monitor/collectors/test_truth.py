"""A job of known size is shown at that size, read back by somebody else's reader."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PERFMON, OnlyRun, Perfmon, tables

MB = 1_000_000
JOB = f"""
import os, resource, subprocess, sys, time
held = bytearray(300 * {MB})                       # zeroed by calloc: touch every page
held[::4096] = b"x" * len(held[::4096])
children = [subprocess.Popen(["sleep", "5.5"]) for _ in range(2)]
began, end = time.monotonic(), time.process_time() + 5
while time.process_time() < end:
    pass
ended = time.monotonic()
with open("written.bin", "wb") as file:
    for _ in range(50):
        file.write(os.urandom({MB}))
    os.fsync(file.fileno())
for child in children:
    child.wait()
own, waited = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
with open("truth", "w") as file:
    print(own.ru_utime + own.ru_stime + waited.ru_utime + waited.ru_stime, began, ended, file=file)
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of the job, recorded at 4 Hz while it writes beside a file that was there before."""
    folder = tmp_path_factory.mktemp("truth")
    (folder / "before.bin").write_bytes(b"x" * 20 * MB)
    subprocess.run(
        [PERFMON, "run", "--interval", "250ms", "--", sys.executable, "-c", JOB], cwd=folder, check=True, timeout=120
    )
    (run,) = (folder / "runs").iterdir()
    return run


def number(run: Path, query: str) -> float:
    """The one number that a query of the run's tables gives, by DuckDB."""
    ((value,),) = tables(run).execute(query).fetchall()
    return float(value)


def test_memory(recorded: Path) -> None:
    """300 MB held show as 300 MB above what the interpreter and two sleeps take themselves (10 to 20 MB)."""
    peak = number(recorded, "select max(rss_bytes) from job")

    assert 300 * MB + 5 * MB < peak < 300 * MB + 30 * MB


def test_cpu(recorded: Path) -> None:
    """5 s of one core, and what start-up and making 50 MB of noise took, show as what the job itself counted."""
    used = number(recorded, "select max(cpu_user_seconds + cpu_system_seconds) from job")
    falls = number(
        recorded,
        "select count(*) from (select cpu_user_seconds < lag(cpu_user_seconds) over (order by t) as fell from job) "
        "where fell",
    )

    assert used == pytest.approx(truth(recorded)[0], abs=0.1)
    assert used > 5
    assert falls == 0


def truth(run: Path) -> list[float]:
    """What the job itself counted: its CPU seconds, and when, on the monotonic clock, it began and ended to burn 5."""
    return [float(word) for word in (run.parent.parent / "truth").read_text().split()]


def test_rate_of_one_core(recorded: Path) -> None:
    """While it burns one CPU its counter rises as the job's own does: by one a second, less if others are busy, too."""
    zero = json.loads((recorded / "run.json").read_text())["begin_monotonic"]
    _, began, ended = truth(recorded)
    rate = number(
        recorded,
        "select (max(used) - min(used)) / (max(t) - min(t)) from "
        "(select t, cpu_user_seconds + cpu_system_seconds as used from job) "
        f"where t between {began - zero} and {ended - zero}",
    )

    assert rate == pytest.approx(5 / (ended - began), abs=0.1)
    assert rate < 1.1


def test_written(recorded: Path) -> None:
    """50 MB written show as 50 MB in the job's counter and in the folder's growth, and the older file in neither."""
    assert number(recorded, "select max(written_bytes) from job") == pytest.approx(50 * MB, rel=0.02)
    assert number(recorded, "select max(growth_bytes) from folder") == pytest.approx(50 * MB, rel=0.01)
    assert number(recorded, "select max(size_bytes) from folder") == pytest.approx(70 * MB, rel=0.01)
    assert number(recorded, "select arg_max(files, t) from folder") == 3


def test_two_children(recorded: Path) -> None:
    """The job and its two children are three processes, and none at the end."""
    assert number(recorded, "select max(processes) from job") == 3
    assert number(recorded, "select arg_max(processes, t) from job") == 0


def test_every_slot_has_its_row(recorded: Path) -> None:
    """Between start and end there is one row per interval on an even grid, in the host's table as in the job's."""
    rows = number(recorded, "select count(*) from job")
    length = number(recorded, "select max(t) from job")
    worst = number(
        recorded,
        "select max(abs(step - 0.25)) from (select t - lag(t) over (order by t) as step, "
        "row_number() over (order by t) as n, count(*) over () as last from host) where n > 2 and n < last",
    )

    assert abs(rows - (length / 0.25 + 2)) <= 2
    assert worst < 0.1


def test_common_columns(recorded: Path, perfmon: Perfmon, only_run: OnlyRun) -> None:
    """Every row says which run, stage and host it belongs to, and which rank where a launcher says so."""
    perfmon("run", "--stage", "s", "--model", "m", "--", "true", RANK="3", WORLD_SIZE="4")
    labels = tables(only_run()).execute("select distinct run, stage, model, variant, rank from job").fetchall()

    assert labels == [(only_run().name, "s", "m", None, 3)]
    assert number(recorded, "select count(*) from job where rank is null and stage = 'python'") > 20
