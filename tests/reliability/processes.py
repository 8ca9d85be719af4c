"""Processes of a test and their runs, from outside: waiting for them, finding them, reading what they recorded."""

from __future__ import annotations

import contextlib
import json
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import perfmon_analyze
from perfmon.store import journal, layout, schema
from perfmon_analyze import Unreadable
from tests.conftest import tables

Query = list[tuple[object, ...]]

MARK = "PERFMON_TEST_MARK"  # a variable by which a test knows its processes, and theirs


def wait_for(ready: Callable[[], Any], *, seconds: float = 20.0) -> Any:
    """What `ready` returns once that is true; fails if it does not become so."""
    deadline = time.monotonic() + seconds
    while not (value := ready()):
        assert time.monotonic() < deadline, f"{ready} did not come true within {seconds} s"
        os.sched_yield()
        time.sleep(0.005)
    return value


def begun(folder: Path) -> Path:
    """The only run that is recorded below a folder, once its run.json is there."""
    path: Path = wait_for(lambda: next(folder.glob("runs/*/run.json"), None))
    return path.parent


def facts(folder: Path) -> dict[str, Any]:
    """A run's run.json."""
    known: dict[str, Any] = json.loads((folder / layout.FACTS).read_text())
    return known


def lives(pid: int) -> bool:
    """Whether there is such a process; a zombie, which waits for its parent only, is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def marked(mark: str) -> list[int]:
    """The living processes that were started with this mark in their environment."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes():
                found.append(int(pid))
    return found


def query(runs: Path, text: str) -> Query:
    """What DuckDB reads from the only run's tables."""
    return tables(runs).execute(text).fetchall()


def recorded(folder: Path) -> int:
    """Bytes in a run's journals."""
    return sum(path.stat().st_size for path in folder.glob("journal/*"))


def unsealed(folder: Path, table: str) -> list[journal.Row]:
    """A table's rows that stand in a run's journals now."""
    found = []
    for path in folder.glob("journal/*"):
        with contextlib.suppress(FileNotFoundError):  # sealed meanwhile
            found += journal.read(str(path)).rows.get(table, [])
    return found


def read_all(folder: Path) -> list[Any]:
    """Every table of a run by its reader, warnings and all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Unreadable)
        runs = perfmon_analyze.load(folder)
        return [runs.table(name).to_dict("records") for name in schema.TABLES]
