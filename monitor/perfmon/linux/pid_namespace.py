"""Whether a driver's process ids are ours: drivers count by the machine's, containers may have their own."""

from __future__ import annotations

import os

_INITIAL = "pid:[4026531836]"  # PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h
FOREIGN = "the driver's process ids are not those of this pid namespace (a container); start it with --pid=host"


def sees_the_hosts_pids(namespace: str = "/proc/self/ns/pid") -> bool:
    """Whether this process's pids are those of the machine, as the driver counts them."""
    try:
        return os.readlink(namespace) == _INITIAL
    except OSError:  # a kernel without namespaces
        return True
