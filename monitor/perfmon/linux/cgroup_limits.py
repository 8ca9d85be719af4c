"""The limits of a job's control group and of all groups around it, version 1 and 2."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, suppress
from perfmon.linux import procfs
from perfmon.linux.cgroups import UNIFIED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from perfmon.linux.cgroups import Mount
    from perfmon.linux.open_files import OpenFiles

_V1_NONE = 1 << 60  # version 1 says "no limit" with a number close to 2**63


class Limits(NamedTuple):
    """The lowest limits of all groups: memory in bytes, CPU time as a number of CPUs. None is no limit."""

    memory_bytes: int | None
    cpus: float | None


def read_limits(folders: Mapping[str, str], at: Mapping[str, Mount]) -> Limits:
    """The limits of a process in these groups: the least on the way up to the root, where one is set at all."""
    memory = [value for folder in _around(folders, at, "memory") if (value := _memory_limit(folder)) is not None]
    quotas = [quota for folder in _around(folders, at, "cpu") if (quota := _quota(folder)) is not None]
    return Limits(min(memory, default=None), min(quotas, default=None))


def throttling(folders: Mapping[str, str], at: Mapping[str, Mount]) -> tuple[str, ...]:
    """The groups that may hold a process back: its own, and of those around it the ones that have a quota.

    Each tells only of its own quota, so that a group's file says 0 while the quota of the one around it is used up.
    """
    for name in ("cpu", UNIFIED):
        around = list(_upward(folders, at, name))
        if around and _text(around[0], "cpu.stat") is not None:
            return around[0], *(folder for folder in around[1:] if _quota(folder) is not None)
    return ()


def throttled_seconds(groups: Collection[str], files: OpenFiles) -> float | None:
    """Seconds for which these groups' tasks were held back; None where the kernel does not tell."""
    total: float | None = None
    for folder in groups:
        with suppress(OSError):  # the group is gone
            seconds = files.parsed(f"{folder}/cpu.stat", _throttled)
            total = total if seconds is None else (total or 0.0) + seconds
    return total


def _throttled(text: bytes) -> float | None:
    """throttled_usec of cpu.stat in version 2, throttled_time (ns) in version 1."""
    words = text.split()
    for name, per_second in ((b"throttled_usec", 1e6), (b"throttled_time", 1e9)):
        if name in words:
            return int(words[words.index(name) + 1]) / per_second
    return None


def _upward(folders: Mapping[str, str], at: Mapping[str, Mount], name: str) -> Iterator[str]:
    folder = folders.get(name, "")
    while folder and folder.startswith(at[name].folder):
        yield folder
        folder = os.path.dirname(folder)


def _around(folders: Mapping[str, str], at: Mapping[str, Mount], controller: str) -> Iterator[str]:
    for name in (controller, UNIFIED):
        yield from _upward(folders, at, name)


def _text(folder: str, name: str) -> str | None:
    try:
        return procfs.read(os.path.join(folder, name)).decode().strip()
    except (OSError, ValueError):
        return None


def _memory_limit(folder: str) -> int | None:
    text = _text(folder, "memory.max") or _text(folder, "memory.limit_in_bytes")
    if text is None or not text.isdecimal():  # version 2 says `max`
        return None
    return int(text) if int(text) < _V1_NONE else None


def _quota(folder: str) -> float | None:
    both = (_text(folder, "cpu.max") or "").split()
    if not both:
        both = [_text(folder, "cpu.cfs_quota_us") or "", _text(folder, "cpu.cfs_period_us") or ""]
    if len(both) != 2 or not all(part.isdecimal() for part in both):  # `max` in version 2, -1 in version 1
        return None
    return int(both[0]) / int(both[1])
