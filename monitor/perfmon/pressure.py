"""Pressure stall information: time in which tasks waited for CPU, memory or disks."""

from __future__ import annotations

from perfmon.bare import TYPE_CHECKING
from perfmon.cgroups import UNIFIED, is_root
from perfmon.collector import UNSUPPORTED, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfmon.journal import Row
    from perfmon.kept import Kept

_COLUMNS = {
    "cpu": (("some", "cpu_pressure_seconds"),),
    "memory": (("some", "memory_pressure_seconds"), ("full", "memory_pressure_full_seconds")),
    "io": (("some", "io_pressure_seconds"), ("full", "io_pressure_full_seconds")),
}
_NOTHING: Row = {column: None for columns in _COLUMNS.values() for _, column in columns}


def read(folder: str, suffix: str, files: Kept) -> Row:
    """The pressure columns from /proc/pressure, or from a control group's `*.pressure`; null where there are none."""
    row = dict(_NOTHING)
    if not folder:
        return row
    for resource, columns in _COLUMNS.items():
        try:
            seconds = files.parsed(f"{folder}/{resource}{suffix}", parse)
        except OSError:  # a kernel without it, or a group of version 1, which have none of them
            break
        for share, column in columns:
            row[column] = seconds.get(share)
    return row


def where(folders: Mapping[str, str]) -> tuple[str, str]:
    """The job's group that tells its pressure, or else why none does."""
    folder = folders.get(UNIFIED, "")
    if not folder:
        return "", "no control groups of version 2 are mounted, and others tell no pressure"
    if is_root(folder, UNIFIED):
        return "", "the job is in the root control group, whose pressure is the machine's"
    return folder, "the kernel tells no pressure (PSI)"


def missing(row: Row, why: str) -> list[Unknown]:
    """What of these columns is not known."""
    return [Unknown(None, column, UNSUPPORTED, why) for column, value in row.items() if value is None]


def parse(text: bytes) -> dict[str, float]:
    """Stalled seconds by share: some tasks waited, or all of them did (kernel documentation, accounting/psi)."""
    seconds = {}
    for line in text.splitlines():
        total = line.rpartition(b"total=")[2]
        if total.isdigit():
            seconds[line.partition(b" ")[0].decode()] = int(total) / 1e6
    return seconds
