"""Times and identities that every process of a run agrees on: its zero, this boot, a process's start."""

from __future__ import annotations

import time


def begin() -> dict[str, object]:
    """The zero of a run, as run.json holds it."""
    return {"begin_time": utc(time.time_ns()), "begin_monotonic": time.monotonic(), "boot_id": boot_id()}


def utc(nanoseconds: int) -> str:
    """A time in ISO 8601, UTC, to the microsecond."""
    seconds, rest = divmod(nanoseconds, 10**9)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest // 1000:06d}Z"


def parse_utc(text: str) -> float:
    """Seconds since 1970 of a time that `utc` wrote.

    Raises:
        ValueError: it is not such a time.
    """
    from perfmon.lean.stdlib import datetime  # noqa: PLC0415 - the command is started without it

    return datetime.fromisoformat(text).timestamp()


def boot_id() -> str:
    """Identity of this boot of the kernel; empty where the kernel has none to tell."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


def start_ticks(pid: int) -> int | None:
    """When a living process began, in clock ticks since boot; None if there is none of this pid.

    With the pid it names one process for good: pids are used again, starting times with them are not (proc(5)). A
    zombie does not live: where nobody waits for orphans, in many a container, it stays for ever.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return None if fields[0] in (b"Z", b"X") else int(fields[19])
    except (OSError, IndexError, ValueError):
        return None
