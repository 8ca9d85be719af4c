"""What one would write without a tool, with psutil and JSON; run as `psutil_baseline.py INTERVAL FILE CMD ...`."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import psutil


def main() -> int:
    """Start the command, sample it and the machine until it ends; its exit status is returned."""
    interval, path, *command = sys.argv[1:]
    with subprocess.Popen(command) as job, open(path, "w", buffering=1) as file:
        top = psutil.Process(job.pid)
        slot = time.monotonic()
        while job.poll() is None:
            file.write(json.dumps(sample(top)) + "\n")
            slot += float(interval)
            try:
                job.wait(max(0.0, slot - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
    return job.returncode


def sample(top: psutil.Process) -> dict[str, float]:
    """The machine's and the tree's CPU time and memory, now."""
    user = system = rss = 0.0
    for process in [top, *top.children(recursive=True)]:
        try:
            with process.oneshot():
                times, resident = process.cpu_times(), process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
        user, system, rss = user + times.user, system + times.system, rss + resident
    host, memory, disk = psutil.cpu_times(), psutil.virtual_memory(), psutil.disk_io_counters()
    return {"time": time.time(), "user": user, "system": system, "rss": rss, "host_user": host.user} | {
        "host_system": host.system,
        "host_used": memory.used,
        "written": disk.write_bytes if disk else 0,
    }


if __name__ == "__main__":
    sys.exit(main())
