"""The whole machine: CPU, memory, network and disk devices, in one row per tick."""

from __future__ import annotations

import os

from perfmon.collector import Reading, Target, Tick
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux import pressure, system
from perfmon.linux.open_files import OpenFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfmon.store.journal import Row


class Host:
    """One row of table `host` from /proc; what this kind of machine does not tell is null."""

    source = "host"
    can_hang = False
    pace = 0.0
    last_seconds = 2.0

    def __init__(self, target: Target) -> None:
        del target  # the host is the same whatever runs on it
        self._files = OpenFiles()
        self._pressure = pressure.of_machine(self._files)
        self._read: Callable[[], Row] = self._read_proc
        self._parsers: tuple[tuple[str, Callable[[bytes], Row]], ...] = (
            ("/proc/stat", system.cpu),
            ("/proc/loadavg", system.load),
            ("/proc/meminfo", system.memory),
            ("/proc/net/dev", system.network),
            ("/proc/diskstats", system.Disks().parse),
        )

    @classmethod
    def probe(cls) -> None:
        """Always there."""

    def open(self) -> dict[str, object]:
        """The machine's CPU, memory and system, for run.json."""
        kernel = os.uname()
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            cpuinfo = file.read()
        try:
            row = self._read()
        except (OSError, ValueError, IndexError):  # a sandbox, or a kernel, that shows something else
            from perfmon.linux import psutil_system  # noqa: PLC0415 - loads psutil

            self._read = psutil_system.read
            row = self._read()
        return {
            "cpu_model": _cpu_model(cpuinfo),
            "cpus": row["cpus"],
            "cpu_cores": system.cores(cpuinfo),
            "memory_total_bytes": row["memory_total_bytes"],
            "system": f"{kernel.sysname} {kernel.release} {kernel.machine}",
        }

    def collect(self, tick: Tick) -> Reading:
        """Read the machine's counters and levels."""
        del tick  # the host is read the same way at every tick
        row = self._read()
        self._pressure.read()
        row.update(self._pressure.row)
        return Reading([("host", row)], self._pressure.unknown)

    def _read_proc(self) -> Row:
        row: Row = {}
        for path, parse in self._parsers:
            row.update(self._files.parsed(path, parse))
        return row


def _cpu_model(cpuinfo: str) -> str | None:
    lines = cpuinfo.splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)
