"""The machine's counters and levels, read from open files of /proc; equal to psutil's figures by test."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux.procfs import TICKS_PER_SECOND

if TYPE_CHECKING:
    from perfmon.store.journal import Row

_SECTOR_BYTES = 512  # whatever the disk's own are (kernel documentation, block/stat)


def cpu(text: bytes) -> Row:
    """CPU time of all CPUs since boot, from the first line of /proc/stat (proc(5)), and how many CPUs are online.

    On Linux guest time is part of user time already, and guest_nice of nice.
    """
    end = text.index(b"\n")
    user, nice, system, idle, iowait, irq, softirq, steal = map(int, text[4:end].split()[:8])
    return {
        "cpu_user_seconds": (user + nice) / TICKS_PER_SECOND,
        "cpu_system_seconds": (system + irq + softirq) / TICKS_PER_SECOND,
        "cpu_iowait_seconds": iowait / TICKS_PER_SECOND,
        "cpu_idle_seconds": idle / TICKS_PER_SECOND,
        "cpu_steal_seconds": steal / TICKS_PER_SECOND,
        "cpus": text.count(b"\ncpu", end),
    }


def load(text: bytes) -> Row:
    """The load average of the last minute, from /proc/loadavg."""
    return {"load_1m": float(text[: text.index(b" ")])}


def memory(text: bytes) -> Row:
    """Memory and swap in bytes, from /proc/meminfo.

    Raises:
        ValueError: the kernel does not say how much is available (before Linux 3.14).
    """
    total, available = _kib(text, b"MemTotal:"), _kib(text, b"\nMemAvailable:")
    swap = _kib(text, b"\nSwapTotal:")
    return {
        "memory_total_bytes": total,
        "memory_used_bytes": total - available,
        "memory_available_bytes": available,
        "swap_total_bytes": swap,
        "swap_used_bytes": swap - _kib(text, b"\nSwapFree:"),
    }


def _kib(text: bytes, name: bytes) -> int:
    begin = text.index(name) + len(name)
    return int(text[begin : text.index(b" kB", begin)]) * 1024


def network(text: bytes) -> Row:
    """Bytes received and sent on all interfaces except loopback, from /proc/net/dev."""
    received = sent = 0
    for line in text.splitlines()[2:]:
        name, _, counters = line.rpartition(b":")
        if name.strip() != b"lo":
            fields = counters.split(None, 9)
            received += int(fields[0])
            sent += int(fields[8])
    return {"network_received_bytes": received, "network_sent_bytes": sent}


class Disks:
    """Bytes read from and written to all whole disks, from /proc/diskstats; null where the machine shows none."""

    def __init__(self) -> None:
        self._is_whole: dict[bytes, bool] = {}

    def parse(self, text: bytes) -> Row:
        """The sums, from /proc/diskstats."""
        read_sectors = written_sectors = found = 0
        for line in text.splitlines():
            fields = line.split(None, 10)
            if self._whole(fields[2]):
                found += 1
                read_sectors += int(fields[5])
                written_sectors += int(fields[9])
        return {
            "disk_read_bytes": read_sectors * _SECTOR_BYTES if found else None,
            "disk_written_bytes": written_sectors * _SECTOR_BYTES if found else None,
        }

    def _whole(self, name: bytes) -> bool:
        """Whether this is a disk and not a part of one: those are in /sys/block, with `!` for `/` in the name."""
        if name not in self._is_whole:
            self._is_whole[name] = os.path.exists(b"/sys/block/" + name.replace(b"/", b"!"))
        return self._is_whole[name]


def cores(cpuinfo: str) -> int | None:
    """Physical cores, from the text of /proc/cpuinfo; None where it does not tell (on many ARM machines)."""
    found, package = set(), ""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "physical id":
            package = value
        elif name.strip() == "core id":
            found.add((package, value))
    return len(found) or None
