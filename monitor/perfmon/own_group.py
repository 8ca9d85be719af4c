"""A control group that holds the job and nothing else: the kernel's own sum, to hold ours against."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from perfmon import procfs
from perfmon.cgroups import UNIFIED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from perfmon.cgroups import Mount


class GroupMemory(NamedTuple):
    """Memory of the group's processes without page cache, and the highest that the group has had with it, in bytes."""

    group_memory_bytes: int | None
    group_peak_bytes: int | None


def own(folders: Mapping[str, str], at: Mapping[str, Mount], pids: Collection[int], ours: Collection[int]) -> str:
    """The folder of the job's memory group, if nobody but the job, and the recorder of it, is in it; else empty."""
    name = "memory" if "memory" in folders else UNIFIED
    folder = folders.get(name, "")
    if not folder or folder == at[name].folder:  # the root holds the whole machine
        return ""
    try:
        return folder if all(pid in pids or pid in ours for pid in _members(folder)) else ""
    except OSError:
        return ""


def read(folder: str, read_file: Callable[[str], bytes] = procfs.read) -> GroupMemory:
    """A group's memory; nulls if there is no such group.

    Anonymous and shared memory of memory.stat: `anon` and `shmem` in version 2, `total_rss` and `total_shmem` in
    version 1. The peak is memory.peak or memory.max_usage_in_bytes, which have the page cache in them.
    """
    try:
        stat = dict(line.split() for line in read_file(os.path.join(folder, "memory.stat")).decode().splitlines())
    except (OSError, ValueError):
        return GroupMemory(None, None)
    names = ("anon", "shmem") if "anon" in stat else ("total_rss", "total_shmem")
    return GroupMemory(sum(int(stat.get(name, 0)) for name in names), _peak(folder, read_file))


def _members(folder: str) -> Iterator[int]:
    """The processes of a group and of all groups below it, its own first."""
    for inner, _, _ in os.walk(folder):
        yield from map(int, procfs.read(os.path.join(inner, "cgroup.procs")).split())


def _peak(folder: str, read_file: Callable[[str], bytes]) -> int | None:
    for name in ("memory.peak", "memory.max_usage_in_bytes"):
        try:
            return int(read_file(os.path.join(folder, name)))
        except (OSError, ValueError):
            continue
    return None
