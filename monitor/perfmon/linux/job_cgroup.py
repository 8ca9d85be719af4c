"""A control group that holds the job and nobody else's processes: the kernel's own sums, to compare ours with."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple
from perfmon.linux import procfs
from perfmon.linux.cgroups import UNIFIED, is_root
from perfmon.store.reasons import NO_PERMISSION, NOT_FOUND, UNSUPPORTED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

MEMORY, CPU = "memory", "cpuacct"  # controllers of version 1


class JobCgroup(NamedTuple):
    """The job's own control group: its folder, or, where it has none, a reason code and words for it.

    `foreign_pids` are processes in the group that are known not to be the job's: perfmon's, and those that perfmon was
    started from, such as a shell that waits for it.
    """

    folder: str = ""
    foreign_pids: tuple[int, ...] = ()
    reason: str = UNSUPPORTED
    why: str = "no control groups are mounted here"


class KnownProcesses(NamedTuple):
    """Pids of processes that may be in the group without being the job's: perfmon's, and its ancestors."""

    perfmon: Collection[int]
    ancestors: Collection[int]


class GroupMemory(NamedTuple):
    """Memory of the group's processes without page cache, and the highest that the group has had with it, in bytes."""

    group_memory_bytes: int | None
    group_peak_bytes: int | None


def find_job_cgroup(
    controller: str, folders: Mapping[str, str], pids: Collection[int], known: KnownProcesses
) -> JobCgroup:
    """The job's own group for this controller: the one that its processes are in, if all in it are the job's or known.

    `folders` are the groups of the job's first process by controller, and `pids` the job's processes.
    """
    name = controller if controller in folders else UNIFIED
    folder = folders.get(name, "")
    if not folder:
        return JobCgroup()
    if is_root(folder, name):
        return JobCgroup(why="the job is in the root control group, which holds the whole machine")
    ours = {*pids, *known.perfmon}  # and what these have just started
    foreign = {*known.perfmon, *known.ancestors}
    try:
        members = set(_members(folder))
        stranger = next((pid for pid in members - ours - foreign if _parent(pid) not in {*ours, None}), None)
        for pid in members & foreign:
            _check_memory_permission(pid)
        if name == UNIFIED and controller == MEMORY and not os.path.exists(os.path.join(folder, "memory.stat")):
            return JobCgroup(
                why="the job's control group has no memory controller: the group around it has that memory, too"
            )
    except OSError as error:
        return JobCgroup(reason=NO_PERMISSION if isinstance(error, PermissionError) else NOT_FOUND, why=str(error))
    if stranger is not None:  # 0 is one that our own process namespace does not show
        return JobCgroup(
            reason=NOT_FOUND, why=f"the job shares its control group with others, such as process {stranger}"
        )
    return JobCgroup(folder, tuple(sorted(members & foreign)))


def ancestors(pid: int) -> list[int]:
    """The processes that a process was started from, as far as this process namespace shows them."""
    found: list[int] = []
    while (parent := _parent(pid)) and parent != pid:
        found.append(pid := parent)
    return found


def memory(folder: str, read_file: Callable[[str], bytes] = procfs.read) -> GroupMemory:
    """A group's memory; nulls if there is no such group.

    Anonymous and shared memory of memory.stat: `anon` and `shmem` in version 2, `total_rss` and `total_shmem` in
    version 1. The peak is memory.peak or memory.max_usage_in_bytes, which have the page cache in them.
    """
    try:
        stat = b"\n" + read_file(f"{folder}/memory.stat")
        names = (b"\nanon ", b"\nshmem ") if b"\nanon " in stat else (b"\ntotal_rss ", b"\ntotal_shmem ")
        return GroupMemory(sum(_number(stat, name) for name in names), _peak(folder, read_file))
    except (OSError, ValueError):
        return GroupMemory(None, None)


def has_memory_peak(folder: str) -> bool:
    """Whether the kernel counts the group's peak memory: in version 2 since Linux 5.19."""
    return _peak(folder, procfs.read) is not None


def cpu_seconds(folder: str, read_file: Callable[[str], bytes] = procfs.read) -> float | None:
    """CPU time that the group has used since it was made: cpuacct.usage (ns), or usage_usec of cpu.stat."""
    try:
        return int(read_file(os.path.join(folder, "cpuacct.usage"))) / 1e9
    except (OSError, ValueError):
        pass
    try:
        words = read_file(os.path.join(folder, "cpu.stat")).split()
        return int(words[words.index(b"usage_usec") + 1]) / 1e6
    except (OSError, ValueError):
        return None


def foreign_cpu_seconds(pids: Collection[int], read_file: Callable[[str], bytes] = procfs.read) -> float:
    """CPU time in seconds of processes in the group that are not the job's, without their children that ended.

    The recorder's own children, which are perfmon's helper processes, are included.
    """
    ticks = 0
    for pid in pids:
        try:
            stat = procfs.parse_stat(read_file(f"/proc/{pid}/stat"))
        except OSError:  # it has ended
            continue
        ticks += stat.user_ticks + stat.system_ticks
        if pid == os.getpid():
            ticks += stat.child_user_ticks + stat.child_system_ticks
    return ticks / procfs.TICKS_PER_SECOND


def _members(folder: str) -> Iterator[int]:
    """The processes of a group and of all groups below it, its own first."""
    for inner, _, _ in os.walk(folder):
        yield from map(int, procfs.read(os.path.join(inner, "cgroup.procs")).split())


def _check_memory_permission(pid: int) -> None:
    """Open a process's memory map, which is when the kernel decides whether it may be read; reading it is dear.

    Raises:
        PermissionError: it belongs to somebody else.
    """
    try:
        os.close(os.open(f"/proc/{pid}/smaps_rollup", os.O_RDONLY | os.O_CLOEXEC))
    except PermissionError:
        raise
    except OSError:  # it has ended
        pass


def _parent(pid: int) -> int | None:
    """The parent of a process; None if it has ended, 0 if it is not to be seen."""
    try:
        return int(procfs.read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1]) if pid else 0
    except OSError:
        return None


def _number(text: bytes, name: bytes) -> int:
    begin = text.find(name)
    return int(text[begin + len(name) :].partition(b"\n")[0]) if begin >= 0 else 0


def _peak(folder: str, read_file: Callable[[str], bytes]) -> int | None:
    for name in ("memory.peak", "memory.max_usage_in_bytes"):
        try:
            return int(read_file(os.path.join(folder, name)))
        except (OSError, ValueError):
            continue
    return None
