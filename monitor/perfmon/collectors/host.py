"""The whole machine: CPU, memory, network and disk devices, in one row per tick."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil

from perfmon import pressure
from perfmon.collector import Reading, Target, Tick

if TYPE_CHECKING:
    from perfmon.journal import Row


class Host:
    """One row from psutil; what this kind of machine does not tell is null."""

    source = "host"
    can_hang = False
    pace = 0.0

    def __init__(self, target: Target) -> None:
        del target  # the host is the same whatever runs on it

    @classmethod
    def probe(cls) -> None:
        """Always there."""

    def open(self) -> dict[str, object]:
        """The machine's CPU, memory and system."""
        system = os.uname()
        return {
            "cpu_model": _cpu_model(),
            "cpus": psutil.cpu_count(),
            "cpu_cores": psutil.cpu_count(logical=False),
            "memory_total_bytes": psutil.virtual_memory().total,
            "system": f"{system.sysname} {system.release} {system.machine}",
        }

    def collect(self, tick: Tick) -> Reading:
        """Read psutil's counters and levels."""
        del tick  # the host is read the same way at every tick
        return Reading([("host", _cpu() | _memory() | _devices() | pressure.read("/proc/pressure"))])


def _cpu() -> Row:
    times = psutil.cpu_times()._asdict()
    return {
        # On Linux guest time is part of user time already, and guest_nice of nice (proc(5)).
        "cpu_user_seconds": round(times["user"] + times.get("nice", 0.0), 2),
        "cpu_system_seconds": round(times["system"] + times.get("irq", 0.0) + times.get("softirq", 0.0), 2),
        "cpu_iowait_seconds": times.get("iowait"),
        "cpu_idle_seconds": times["idle"],
        "cpu_steal_seconds": times.get("steal"),
        "cpus": psutil.cpu_count(),
        "load_1m": round(os.getloadavg()[0], 2),
    }


def _memory() -> Row:
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return {
        "memory_total_bytes": memory.total,
        "memory_used_bytes": memory.total - memory.available,
        "memory_available_bytes": memory.available,
        "swap_total_bytes": swap.total,
        "swap_used_bytes": swap.used,
    }


def _devices() -> Row:
    cards = [card for name, card in psutil.net_io_counters(pernic=True).items() if name != "lo"]
    disks = psutil.disk_io_counters()  # None where the machine shows no physical disk
    return {
        "network_received_bytes": sum(card.bytes_recv for card in cards),
        "network_sent_bytes": sum(card.bytes_sent for card in cards),
        "disk_read_bytes": disks.read_bytes if disks else None,
        "disk_written_bytes": disks.write_bytes if disks else None,
    }


def _cpu_model() -> str | None:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), None)
    except OSError:
        return None
