"""Pressure stall information: time in which tasks waited for CPU, memory or disks."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux.cgroups import UNIFIED, is_root
from perfmon.store.reasons import UNSUPPORTED, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.linux.open_files import OpenFiles
    from perfmon.store.journal import Row

_NO_PRESSURE = "the kernel tells no pressure (PSI)"
_COLUMNS = {
    "cpu": (("some", "cpu_pressure_seconds"),),
    "memory": (("some", "memory_pressure_seconds"), ("full", "memory_pressure_full_seconds")),
    "io": (("some", "io_pressure_seconds"), ("full", "io_pressure_full_seconds")),
}


class Pressure:
    """The pressure columns from /proc/pressure, or from a control group's `*.pressure`.

    `row` and `unknown` are what the last look found, the same objects as before where the kernel shares the same.
    """

    def __init__(self, folder: str, suffix: str, why: str, files: OpenFiles) -> None:
        self._paths = [f"{folder}/{resource}{suffix}" for resource in _COLUMNS] if folder else []
        self._why = why
        self._files = files
        self._shares: Sequence[Mapping[str, float]] = []
        self.row: Row = {}
        self.unknown = self._missing()

    def read(self) -> None:
        """Read the files, and update `row` and `unknown`."""
        shares = []
        for path in self._paths:
            try:
                shares.append(self._files.parsed(path, parse))
            except OSError:  # a kernel without it, which has none of them
                break
        if shares != self._shares:
            self._shares = shares
            self.row = {
                column: seconds[share]
                for seconds, columns in zip(shares, _COLUMNS.values(), strict=False)
                for share, column in columns
                if share in seconds
            }
            self.unknown = self._missing()

    def _missing(self) -> Sequence[Unknown]:
        columns = [column for columns in _COLUMNS.values() for _, column in columns]
        return [Unknown(None, column, UNSUPPORTED, self._why) for column in columns if column not in self.row]


def of_groups(folders: Mapping[str, str], files: OpenFiles) -> Pressure:
    """The pressure of a process in these groups: its group's of version 2, if that is not the machine's."""
    folder = folders.get(UNIFIED, "")
    if not folder:
        return Pressure("", "", "no control groups of version 2 are mounted, and others tell no pressure", files)
    if is_root(folder, UNIFIED):
        return Pressure("", "", "the job is in the root control group, whose pressure is the machine's", files)
    return Pressure(folder, ".pressure", _NO_PRESSURE, files)


def of_machine(files: OpenFiles) -> Pressure:
    """The pressure of the whole machine."""
    return Pressure("/proc/pressure", "", _NO_PRESSURE, files)


def parse(text: bytes) -> dict[str, float]:
    """Stalled seconds by share: some tasks waited, or all of them did (kernel documentation, accounting/psi)."""
    seconds = {}
    for line in text.splitlines():
        total = line.rpartition(b"total=")[2]
        if total.isdigit():
            seconds[line.partition(b" ")[0].decode()] = int(total) / 1e6
    return seconds
