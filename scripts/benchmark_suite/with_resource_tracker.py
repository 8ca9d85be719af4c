"""resource-tracker is a library without a command: this is one, run as `with_resource_tracker.py INTERVAL CMD ...`."""

from __future__ import annotations

import shutil
import subprocess
import sys

from resource_tracker import ResourceTracker  # type: ignore[import-not-found]  # it lies in .benchmark/


def main() -> int:
    """Start the command, have it tracked until it ends, keep what was written; its exit status is returned."""
    interval, *command = sys.argv[1:]
    with subprocess.Popen(command) as job:
        tracker = ResourceTracker(
            pid=job.pid, interval=float(interval), discover_server=False, discover_cloud=False, autostart=True
        )
        job.wait()
        tracker.stop()
        for name in ("process", "system"):
            shutil.copy(getattr(tracker, f"{name}_tracker_filepath"), f"{name}.csv")
    return job.returncode


if __name__ == "__main__":
    sys.exit(main())
