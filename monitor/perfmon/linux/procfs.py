"""Reads figures of one process from /proc; tests hold them equal to psutil's."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import NamedTuple

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_OWN_NAME = b"(perfmon-own"  # child_process.OWN_NAME
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Stat(NamedTuple):
    """One process's /proc/PID/stat, see proc(5). The CPU ticks are its own.

    `child_` is what children that it waited for had used. `is_perfmons` tells a process of some
    perfmon's own, by its name. `faults` counts page faults, without which a process's memory
    does not grow.
    """

    zombie: bool
    user_ticks: int
    system_ticks: int
    child_user_ticks: int
    child_system_ticks: int
    threads: int
    rss_bytes: int
    faults: int
    is_perfmons: bool


class Io(NamedTuple):
    """One process's /proc/PID/io: bytes that came from and went to storage, waited-for children included."""

    read_bytes: int
    written_bytes: int


def parse_stat(text: bytes) -> Stat:
    """Parse /proc/PID/stat; the name in brackets may itself hold brackets and spaces."""
    end = text.rindex(b")")
    fields = text[end + 2 :].split(b" ", 22)
    return Stat(
        fields[0] in (b"Z", b"X"),
        int(fields[11]),
        int(fields[12]),
        int(fields[13]),
        int(fields[14]),
        int(fields[17]),
        int(fields[21]) * PAGE_BYTES,
        int(fields[7]) + int(fields[9]),
        text.endswith(_OWN_NAME, 0, end),
    )


def parse_io(text: bytes) -> Io:
    """Parse /proc/PID/io."""
    read, write = text.index(b"\nread_bytes: ") + 13, text.index(b"\nwrite_bytes: ") + 14
    return Io(int(text[read : text.index(b"\n", read)]), int(text[write : text.index(b"\n", write)]))


def parse_numbers(text: bytes) -> list[int]:
    """Parse a list of processes."""
    return [int(number) for number in text.split()]


def read(path: str) -> bytes:
    """A file of /proc in one piece.

    Raises:
        OSError: the process is gone, or may not be looked at.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = b""
        while chunk := os.read(fd, 65536):
            data += chunk
        return data
    finally:
        os.close(fd)


def has(path: str) -> bool:
    """Whether the kernel has this file of /proc, which some are built without."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def by_parent() -> dict[int, list[int]]:
    """All processes below each parent, found by looking at every one: for kernels that do not list children."""
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                fields = read(f"/proc/{name}/stat").rpartition(b")")[2].split(None, 2)
            except OSError:  # it has ended
                continue
            found.setdefault(int(fields[1]), []).append(int(name))
    return found


def peak_memory() -> int | None:
    """The most memory in bytes that this process has had resident (VmHWM, proc(5)); None if the kernel does not say."""
    for line in read("/proc/self/status").splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1]) * 1024
    return None


class Status(NamedTuple):
    """One process's memory in /proc/PID/status, in bytes: high-water mark of RSS, and swap (proc(5))."""

    hwm_bytes: int
    swap_bytes: int


def parse_status(text: bytes) -> Status:
    """Parse /proc/PID/status; a process without memory, such as a zombie, has neither."""
    return Status(_kib(text, b"\nVmHWM:") * 1024, _kib(text, b"\nVmSwap:") * 1024)


def _kib(text: bytes, name: bytes) -> int:
    begin = text.find(name)
    return int(text[begin + len(name) : text.index(b"kB", begin)]) if begin >= 0 else 0
