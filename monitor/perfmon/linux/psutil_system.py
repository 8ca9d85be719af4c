"""The machine's counters and levels through psutil, for a /proc that is not as we know it.

Loading it costs a recorder megabytes and milliseconds, so it is the second choice.
"""

from __future__ import annotations

import os

import psutil

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from perfmon.store.journal import Row


def read() -> Row:
    """All columns of table `host` that psutil knows."""
    return _cpu() | _memory() | _devices()


def _cpu() -> Row:
    times = psutil.cpu_times()._asdict()
    return {
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
