"""Processes of a test, from outside: waiting for them, finding them, and what their run says."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perfmon import layout

MARK = "PERFMON_TEST_MARK"  # a variable by which a test knows its processes, and theirs


def wait_for(ready: Callable[[], Any], *, seconds: float = 20.0) -> Any:
    """What `ready` returns once that is true; fails if it does not become so."""
    deadline = time.monotonic() + seconds
    while not (value := ready()):
        assert time.monotonic() < deadline, f"{ready} did not come true within {seconds} s"
        os.sched_yield()
        time.sleep(0.005)
    return value


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
