"""Which file systems are mounted where, from /proc/self/mountinfo (proc(5))."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux import procfs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# Not files on a disk; /proc/kcore alone is as long as the address space.
_NO_DISK = ("proc", "sysfs", "cgroup", "cgroup2", "devpts", "devtmpfs", "debugfs", "tracefs", "securityfs", "bpf")
# The kernel counts as written by a process what it changes in these files (`written_bytes` of table `job`); in memory,
# and where a program serves the files, it does not.
_COUNTED = ("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "overlay", "nfs", "nfs4")


def mountinfo() -> str:
    """The text that the functions here parse; empty where the system has none."""
    try:
        return os.fsdecode(procfs.read("/proc/self/mountinfo"))
    except OSError:  # not Linux
        return ""


def no_disks(text: str) -> Iterator[str]:
    """Return the mount points of file systems that are not on a disk."""
    return (where for where, kind in _mounts(text) if kind in _NO_DISK)


def are_writes_counted(folders: Collection[str], text: str) -> bool:
    """Whether all that a process writes into these folders is in what the kernel says that it has written."""
    kinds = set()
    for folder in map(os.path.realpath, folders):
        above = [(where, kind) for where, kind in _mounts(text) if _is_below(folder, where)]
        kinds.add(max(above, default=("", ""), key=lambda mount: len(mount[0]))[1])
        kinds |= {kind for where, kind in _mounts(text) if _is_below(where, folder) and kind not in _NO_DISK}
    return kinds <= set(_COUNTED)


def _is_below(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


def _mounts(text: str) -> Iterator[tuple[str, str]]:
    """Yield mount point and type of each file system, in the order of mounting."""
    for line in text.splitlines():
        fields, _, rest = line.partition(" - ")
        words = fields.split(" ")
        if len(words) > 4:
            yield words[4], rest.partition(" ")[0]
