"""Starts a program as its only child, and writes down what the kernel says of it when it has ended.

It is run as `launcher.py ANSWER GROUPS PROGRAM ...`; GROUPS are control groups to put the program in, joined by colons.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Start, wait, write."""
    answer, groups, *program = sys.argv[1:]
    folders = [folder for folder in groups.split(":") if folder]
    pid = os.fork()
    if pid == 0:
        for folder in folders:
            with open(os.path.join(folder, "cgroup.procs"), "w") as file:
                file.write(str(os.getpid()))
        os.execv(sys.executable, [sys.executable, "-EsS", *program])
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    io = _io(pid)
    _, status, usage = os.wait4(pid, 0)
    own = os.times()
    told: dict[str, float] = {
        "status": os.waitstatus_to_exitcode(status),
        "maxrss_bytes": usage.ru_maxrss * 1024,
        "cpu_seconds": usage.ru_utime + usage.ru_stime + own.user + own.system,
        "own_cpu_seconds": own.user + own.system,
        "read_bytes": io["read_bytes"],
        "written_bytes": io["write_bytes"],
    }
    for folder in folders:
        for name, word, unit in (("cpuacct.usage", 0, 1e9), ("cpu.stat", 1, 1e6)):  # of version 1 and 2
            path = os.path.join(folder, name)
            if os.path.exists(path):
                with open(path) as file:
                    told["group_cpu_seconds"] = int(file.read().split()[word]) / unit
                break
    with open(answer, "w") as file:
        json.dump(told, file)


def _io(pid: int) -> dict[str, int]:
    with open(f"/proc/{pid}/io") as file:
        return {name: int(value) for name, value in (line.split(": ") for line in file)}


if __name__ == "__main__":
    main()
