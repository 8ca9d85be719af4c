"""Kernels that were built without parts of /proc: what is recorded nevertheless, and what is told of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import OnlyRun, Perfmon, tables

# Stands in for such a kernel: files of /proc with this name are not there.
LACKING = """
import os
opened = os.open
def without(path, *rest, **named):
    if isinstance(path, str) and path.startswith("/proc/") and path.endswith("/{name}"):
        raise FileNotFoundError(2, "No such file or directory", path)
    return opened(path, *rest, **named)
os.open = without
"""
JOB = "sleep 0.6 & python3 -S -c 'import time; x = bytearray(60 << 20); time.sleep(0.5)'; wait"


@pytest.fixture
def lacking(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A folder for PYTHONPATH that has this file of /proc missing."""
    folder = tmp_path / "lacking"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(LACKING.format(name=request.param))
    return str(folder)


@pytest.mark.parametrize("lacking", ["children"], indirect=True)
def test_children_are_not_listed(perfmon: Perfmon, only_run: OnlyRun, lacking: str) -> None:
    """Without CONFIG_PROC_CHILDREN the job's processes are found by their parents."""
    done = perfmon("run", "--quiet", "--interval", "50ms", "--", "sh", "-c", JOB, PYTHONPATH=lacking)
    (row,) = tables(only_run()).execute("select max(processes), max(rss_bytes) > 60e6 from job").fetchall()

    assert (done.returncode, done.stderr) == (0, "")
    assert row == (3, True)


@pytest.mark.parametrize("lacking", ["io"], indirect=True)
def test_io_is_not_counted(perfmon: Perfmon, only_run: OnlyRun, lacking: str) -> None:
    """Without CONFIG_TASK_IO_ACCOUNTING all but I/O is recorded, and an event has the reason."""
    done = perfmon("run", "--quiet", "--interval", "50ms", "--", "sh", "-c", JOB, PYTHONPATH=lacking)
    (row,) = (
        tables(only_run())
        .execute("select max(processes), max(rss_bytes) > 60e6, count(read_bytes) from job where processes > 0")
        .fetchall()
    )
    events = tables(only_run()).execute("select column_name, reason from event where kind = 'null'").fetchall()

    assert (done.returncode, done.stderr) == (0, "")
    assert row == (3, True, 0)
    assert {("read_bytes", "unsupported"), ("written_bytes", "unsupported")} <= set(events)
