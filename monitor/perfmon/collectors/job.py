"""The job: CPU, memory and I/O of the process tree, in one row per tick."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, NamedTuple

from perfmon import own_group, pressure, procfs
from perfmon.allocation import of_slurm
from perfmon.cgroups import groups, own_mounts
from perfmon.collector import NO_PERMISSION, Reading, Target, Tick, Unknown
from perfmon.kept import Kept
from perfmon.limits import Limits, read_limits, throttled_seconds
from perfmon.marks import Marks, Status, parse_status
from perfmon.own_group import Known, Own
from perfmon.pss import PacedPss, Proportional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.journal import Row

_LEVELS = (
    *("rss_bytes", "process_rss_bytes", *Proportional._fields),
    *("swap_bytes", "hwm_bytes", "process_hwm_bytes"),
)
_GROUP_MEMORY = ("group_memory_bytes", "group_peak_bytes", "group_beside_bytes")
_GROUP_CPU = ("group_cpu_seconds", "group_beside_cpu_seconds")
_LIMITS_SECONDS = 10.0  # limits hardly ever change, and asking all groups up to the root takes a dozen reads


class Job:
    """One row: the tree's counters, with what its ended processes had used, its gauges and its limits."""

    source = "job"
    can_hang = False
    pace = 0.0
    last_seconds = 2.0

    def __init__(self, target: Target) -> None:
        self._tree = target.tree
        self._least = {"cpu_user_seconds": 0.0, "cpu_system_seconds": 0.0, "read_bytes": 0, "written_bytes": 0}
        self._files = Kept()  # those of control groups; the processes' are the tree's
        self._pss = PacedPss()
        self._mounts = own_mounts()
        self._groups: dict[str, str] = {}
        self._own_memory = self._own_cpu = Own()
        self._groupless: list[Unknown] = []
        self._pressure = pressure.where({})
        self._limits = Limits(None, None)
        self._limits_at = 0.0
        self._known: dict[int, Process] = {}
        self._ios = procfs.Unchanged(procfs.parse_io)
        self._affinity: dict[int, set[int]] = {}
        self._cpus: int | None = None  # of all of these
        self._marks = Marks(from_start=not target.tree.include_top)

    @classmethod
    def probe(cls) -> None:
        """Always there."""

    def open(self) -> dict[str, object]:
        """What the batch system allocated."""
        return {"allocation": of_slurm(os.environ)}

    def collect(self, tick: Tick) -> Reading:
        """Add up the processes of this tick."""
        self._files.next_round()
        processes = self._processes()
        unknown: list[Unknown] = []
        row = self._allowed(tick.pids, unknown) | self._group(unknown)
        row |= self._counters(processes) | self._memory(processes, unknown)
        strangers = [process.pid for process in processes if process.io is None]
        if strangers:
            row["read_bytes"] = row["written_bytes"] = None
            unknown += [_closed(column, strangers[0], "io") for column in ("read_bytes", "written_bytes")]
        self._never_fall(row)
        return Reading([("job", row)], unknown)

    def _processes(self) -> list[Process]:
        """The processes of this tick, which the tree has found; its kept files are read once more for each."""
        tree, before, self._known = self._tree, self._known, {}
        self._ios.next_round()
        for pid, stat in tree.stats.items():
            if pid == tree.top and not tree.include_top:
                continue
            try:
                known = before.get(pid)
                # Formatting `status` costs the kernel more than all else, and says nothing new without a page fault.
                is_same = known and known.stat.faults == stat.faults and known.stat.rss_bytes == stat.rss_bytes
                status = known.status if known and is_same else self._status(pid)
                self._known[pid] = Process(pid, stat, status, self._io(pid))
            except OSError:  # it ended a moment ago: its parent's counters have it soon
                continue
        return list(self._known.values())

    def _status(self, pid: int) -> Status:
        return parse_status(self._tree.files.read(f"/proc/{pid}/status"))

    def _io(self, pid: int) -> procfs.Io | None:
        try:
            return self._ios.parse(pid, self._tree.files.read(f"/proc/{pid}/io"))
        except PermissionError:
            return None

    def _counters(self, processes: Sequence[Process]) -> Row:
        ended = self._tree.ended
        stats = [process.stat for process in processes]
        user = ended.user_ticks + sum(stat.user_ticks + stat.child_user_ticks for stat in stats)
        system = ended.system_ticks + sum(stat.system_ticks + stat.child_system_ticks for stat in stats)
        living = [stat for stat in stats if not stat.zombie]
        return {
            "cpu_user_seconds": user / procfs.TICKS_PER_SECOND,
            "cpu_system_seconds": system / procfs.TICKS_PER_SECOND,
            "read_bytes": sum(process.io.read_bytes for process in processes if process.io),
            "written_bytes": sum(process.io.written_bytes for process in processes if process.io),
            "processes": len(living),
            "threads": sum(stat.threads for stat in living),
        }

    def _memory(self, processes: Sequence[Process], unknown: list[Unknown]) -> Row:
        living = {process.pid: process for process in processes if not process.stat.zombie}
        row: Row = dict.fromkeys(_LEVELS)
        if not living:  # there is no level to tell
            return row
        rss = {pid: process.stat.rss_bytes for pid, process in living.items()}
        marks = {pid: process.status.hwm_bytes for pid, process in living.items()}
        row |= {
            "rss_bytes": sum(rss.values()),
            "process_rss_bytes": max(rss.values()),
            "swap_bytes": sum(process.status.swap_bytes for process in living.values()),
            "hwm_bytes": self._marks.note(marks, rss),
            "process_hwm_bytes": self._marks.largest,
        }
        try:
            faults = sum(process.stat.faults for process in living.values())
            once = self._pss.read(tuple(living), sum(rss.values()), faults, self._own_memory.beside)
        except PermissionError as error:
            unknown += [_closed(column, error.filename, "smaps_rollup") for column in Proportional._fields]
        else:
            row |= self._proportional(*once) if once else {}
        return row

    def _proportional(self, job: Proportional | None, beside: Proportional | None) -> Row:
        """The columns of one reading of PSS."""
        row: Row = dict(job._asdict()) if job else {}
        if self._own_memory.folder:  # its memory is told without page cache, so mapped files are not in it
            row["group_beside_bytes"] = beside.pss_bytes - (beside.pss_file_bytes or 0) if beside else 0
        return row

    def _allowed(self, pids: tuple[int, ...], unknown: list[Unknown]) -> Row:
        now = time.monotonic()
        if pids and now >= self._limits_at:
            self._limits_at = now + _LIMITS_SECONDS
            self._affinity = {}
            with contextlib.suppress(OSError):  # it ended: the next tick has another
                self._groups = groups(procfs.read(f"/proc/{pids[0]}/cgroup").decode(errors="replace"), self._mounts)
                self._limits = read_limits(self._groups, self._mounts)
                self._pressure = pressure.where(self._groups)
                self._own_memory, self._own_cpu = (self._own(name, pids) for name in (own_group.MEMORY, own_group.CPU))
                self._groupless = [
                    Unknown(None, column, own.reason, own.why)
                    for own, columns in ((self._own_memory, _GROUP_MEMORY), (self._own_cpu, _GROUP_CPU))
                    for column in columns
                    if not own.folder
                ]
        folder, why = self._pressure
        waiting = pressure.read(folder, ".pressure", self._files.read)
        unknown += pressure.missing(waiting, why)
        return waiting | {
            "cpus_allowed": self._cpus_allowed(pids),
            "cpus_quota": self._limits.cpus,
            "cpu_throttled_seconds": throttled_seconds(self._groups, self._files.read),
            "memory_limit_bytes": self._limits.memory_bytes,
        }

    def _own(self, controller: str, pids: tuple[int, ...]) -> Own:
        ours = {os.getpid(), *self._tree.excluded}
        known = Known(ours, own_group.ancestors(self._tree.top))
        return own_group.own(controller, self._groups, pids, known)

    def _group(self, unknown: list[Unknown]) -> Row:
        """What the kernel says of the job's own groups, where it has such."""
        memory, cpu = self._own_memory, self._own_cpu
        row: Row = {}
        if memory.folder:
            row |= own_group.memory(memory.folder, self._files.read)._asdict()
        if cpu.folder:
            row["group_cpu_seconds"] = own_group.cpu_seconds(cpu.folder, self._files.read)
            row["group_beside_cpu_seconds"] = own_group.used_beside(cpu.beside, self._files.read)
        unknown += self._groupless
        return row

    def _cpus_allowed(self, pids: tuple[int, ...]) -> int | None:
        if self._affinity.keys() != set(pids):
            before, self._affinity = self._affinity, {}
            for pid in pids:
                with contextlib.suppress(OSError):  # it ended, or belongs to somebody else
                    self._affinity[pid] = before.get(pid) or os.sched_getaffinity(pid)
            self._cpus = len(set().union(*self._affinity.values())) or None
        return self._cpus

    def _never_fall(self, row: Row) -> None:
        """Hold counters where they were while a process has left the tree and its parent does not have it yet."""
        for column, least in self._least.items():
            value = row[column]
            if isinstance(value, (int, float)):
                row[column] = self._least[column] = max(value, least)


class Process(NamedTuple):
    """What one process tells at one tick; `io` is None where it may not be read."""

    pid: int
    stat: procfs.Stat
    status: Status
    io: procfs.Io | None


def _closed(column: str, pid: object, name: str) -> Unknown:
    return Unknown(None, column, NO_PERMISSION, f"{name} of process {pid} may not be read by this user")
