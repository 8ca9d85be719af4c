"""What processes use of CPU and memory, read from /proc."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


class Memory(NamedTuple):
    """Memory of several processes in bytes: their sum in proportional shares, and the largest one's peak."""

    pss_bytes: int
    largest_peak_bytes: int


def below(top: int, *, without: int | None = None) -> list[int]:
    """A process and all below it, but for those from another one downwards."""
    children: dict[int, list[int]] = {}
    for name in os.listdir(PROC):
        if name.isdecimal():
            with contextlib.suppress(OSError):
                children.setdefault(int(_stat(int(name))[1]), []).append(int(name))
    found, new = [], [top]
    while new:
        pid = new.pop()
        if pid != without:
            found.append(pid)
            new += children.get(pid, [])
    return found


def cpu_seconds(pids: list[int]) -> float:
    """CPU time of processes: of their living threads to the nanosecond, of children that they waited for to 10 ms.

    The first is `schedstat`, the second `cutime` and `cstime` (proc(5)).
    """
    seconds = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            seconds += sum(int(path.read_text().split()[0]) for path in PROC.glob(f"{pid}/task/*/schedstat")) / 1e9
            seconds += sum(int(value) for value in _stat(pid)[13:15]) / _TICKS
    return seconds


def memory(pids: list[int]) -> Memory:
    """Memory of processes now, and the largest one's high-water mark."""
    shares = [_kib(pid, "smaps_rollup", "Pss:") for pid in pids]
    return Memory(1024 * sum(shares), 1024 * max(_kib(pid, "status", "VmHWM:") for pid in pids))


def state(pid: int) -> str:
    """The letter of proc(5): Z of a zombie, for one.

    Raises:
        OSError: there is no such process.
    """
    return _stat(pid)[0]


def _stat(pid: int) -> list[str]:
    """The fields of `stat` from the state on: proc(5)'s third is the first here."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _kib(pid: int, file: str, key: str) -> int:
    with contextlib.suppress(OSError):
        for line in (PROC / str(pid) / file).read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1])
    return 0
