"""Prints the CPU seconds of one `pread` per process, of so many: `tick_floor.py PROCESSES`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

_ROUNDS = 300


def main() -> None:
    """Start processes that sleep, and read the open files of all, round after round."""
    command = ["sleep", "600"]
    processes = [subprocess.Popen(command) for _ in range(int(sys.argv[1]))]
    files = [os.open(f"/proc/{process.pid}/stat", os.O_RDONLY) for process in processes]
    begin = time.process_time()
    for _ in range(_ROUNDS):
        for file in files:
            os.pread(file, 1024, 0)
    print(json.dumps((time.process_time() - begin) / _ROUNDS))
    for process in processes:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
