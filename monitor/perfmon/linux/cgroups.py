"""Control groups: where a process is accounted, version 1 and 2."""

from __future__ import annotations

import os
import time

from perfmon.lean.stdlib import NamedTuple
from perfmon.linux import procfs
from perfmon.linux.open_files import OpenFiles

_AGAIN_SECONDS = 1.0  # processes move between groups seldom
UNIFIED = ""  # what the one hierarchy of version 2 is called among the controllers of version 1


class Mount(NamedTuple):
    """The mount point of a hierarchy, and the group at the root of the mount."""

    folder: str
    root: str = "/"


def mounts(mountinfo: str) -> dict[str, Mount]:
    """The mounted hierarchies by controller, from /proc/self/mountinfo (proc(5)); both versions may be there."""
    found: dict[str, Mount] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        where, (kind, _, options) = before.split(), [*after.split(), "", "", ""][:3]
        if len(where) > 4 and kind in ("cgroup", "cgroup2"):
            names = options.split(",") if kind == "cgroup" else [UNIFIED]
            found |= dict.fromkeys(names, Mount(where[4], where[3]))
    return found


def visible_mounts() -> dict[str, Mount]:
    """Return the mounted hierarchies that this process sees, by controller."""
    return mounts(procfs.read("/proc/self/mountinfo").decode(errors="replace"))


def groups(cgroup: str, at: dict[str, Mount]) -> dict[str, str]:
    """The folders of a process's groups by controller, from its /proc/PID/cgroup.

    A container without a namespace of its own is told its group's path on the host, but its mount begins at that group.
    """
    found = {}
    for line in cgroup.splitlines():
        _, controllers, path = [*line.split(":", 2), "", "", ""][:3]
        for name in controllers.split(","):
            if name in at:
                mount = at[name]
                inside = path.removeprefix(mount.root) if f"{path}/".startswith(mount.root) else path
                if ".." in inside.split("/") or (inside == path and ".." in mount.root):
                    continue  # on the way there is a group outside of our namespace, whose name nobody tells us
                inside = os.path.relpath(path, mount.root)
                found[name] = os.path.normpath(os.path.join(mount.folder, "." if inside.startswith("..") else inside))
    return found


def is_root(folder: str, name: str) -> bool:
    """Whether it is the machine's root group; the top of what a container sees is a group like any other.

    `cgroup.type` is in all groups of version 2 but the root, `release_agent` in the root only of version 1.
    """
    if name == UNIFIED:
        return not os.path.exists(os.path.join(folder, "cgroup.type"))
    return os.path.exists(os.path.join(folder, "release_agent"))


def oom_kills(group: str) -> int | None:
    """Return the number of OOM kills in a group; None if the kernel does not count them.

    `oom_kill` of memory.events in version 2, which counts the groups below too, and of memory.oom_control in version 1,
    which does not (kernel documentation, cgroup-v2 and cgroup-v1/memory).
    """
    for name in ("memory.events", "memory.oom_control"):
        try:
            with open(os.path.join(group, name), encoding="ascii") as file:
                counts = dict(line.split() for line in file if len(line.split()) == 2)
        except OSError:
            continue
        if "oom_kill" in counts:
            return int(counts["oom_kill"])
    return None


def machine_oom_kills(proc: str = "/proc") -> int:
    """Return the number of OOM kills of the whole machine: `oom_kill` of /proc/vmstat."""
    try:
        for line in procfs.read(f"{proc}/vmstat").splitlines():
            if line.startswith(b"oom_kill "):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


class OomWatch:
    """Counts the out-of-memory kills in every group that a process of the job has been in.

    A group counts from the moment when it was first seen, so that older kills are not the job's.
    """

    def __init__(self, at: dict[str, Mount] | None = None, proc: str = "/proc") -> None:
        self._proc = proc
        self._at = visible_mounts() if at is None else at
        self._files = OpenFiles()
        self._first: dict[str, int] = {}
        self._known: set[int] = set()
        self._seen: set[bytes] = set()  # what processes' files said
        self._updates = 0
        self._again_at = 0.0
        self._machine_first = machine_oom_kills(proc)

    def update(self, pids: tuple[int, ...]) -> None:
        """Begin to count in the groups of new processes, and once a second of one more, which may have moved."""
        now = time.monotonic()
        if now < self._again_at and self._known.issuperset(pids):
            return
        self._again_at = now + _AGAIN_SECONDS
        self._updates += 1
        self._files.next_round()
        moved = pids[self._updates % len(pids) :][:1] if pids else ()
        for pid in (set(pids) - self._known).union(moved):
            try:
                cgroup = self._files.read(f"{self._proc}/{pid}/cgroup")
            except OSError:  # it has ended
                continue
            if cgroup in self._seen:
                continue
            self._seen.add(cgroup)
            folders = groups(cgroup.decode(errors="replace"), self._at)
            for name in (UNIFIED, "memory"):
                group = folders.get(name)
                if group is not None:
                    self._watch(group, self._at[name].folder)
        self._known = set(pids)

    def _watch(self, group: str, top: str) -> None:
        """Count in a group, or in the nearest around it that has the memory controller: processes are its, then."""
        while group not in self._first:
            if (count := oom_kills(group)) is not None:
                self._first[group] = count
            elif group == top:
                break
            else:
                group = os.path.dirname(group)

    def kills(self) -> dict[str, int]:
        """The groups in which processes were killed since they were first seen, and how many."""
        now = {group: oom_kills(group) for group in self._first}
        return {group: n for group, count in now.items() if (n := (count or 0) - self._first[group]) > 0}

    def machine_kills(self) -> int:
        """How many processes the kernel has killed since the start, the job's or others'."""
        return machine_oom_kills(self._proc) - self._machine_first
