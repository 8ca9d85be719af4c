"""The job: CPU, memory and I/O of the process tree, in one row per tick."""

from __future__ import annotations

import os
import time

from perfmon.collector import Reading, Target, Tick
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, suppress
from perfmon.linux import job_cgroup, pressure, procfs
from perfmon.linux.cgroup_limits import read_limits, throttled_seconds, throttling
from perfmon.linux.cgroups import groups, own_mounts
from perfmon.linux.job_cgroup import Known, Own
from perfmon.linux.open_files import Kept
from perfmon.linux.peak_memory import Marks
from perfmon.linux.pss import PacedPss, Proportional
from perfmon.slurm import of_slurm
from perfmon.store.reasons import NO_PERMISSION, UNSUPPORTED, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.linux.process import Process
    from perfmon.store.journal import Row

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
        self._throttling: tuple[str, ...] = ()
        self._own_memory = self._own_cpu = Own()
        self._groupless: Sequence[Unknown] = ()
        self._pressure = pressure.of_groups({}, self._files)
        self._throttled_seconds: float | None = None
        self._limits: Row = {}
        self._limits_at = 0.0
        self._excluded: set[int] = set()  # perfmon's own, some of which are started after the first tick
        self._processes: list[Process] = []
        self._sums = Sums({}, (), 0, 0)
        self._closed: Sequence[Unknown] = ()
        self._unknown_parts: tuple[Sequence[Unknown], ...] = ()
        self._unknown_now: Sequence[Unknown] = ()
        self._affinity: dict[int, set[int]] = {}
        self._cpus_of: tuple[int, ...] = ()
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
        now = time.monotonic()
        if tick.pids and (now >= self._limits_at or self._excluded != self._tree.excluded):
            self._limits_at = now + _LIMITS_SECONDS
            self._look_around(tick.pids)
        if self._look_closer():
            self._sums = self._add_up()
        row = dict(self._sums.row)
        closed = self._read_pss(row)
        self._read_groups(row)
        row["cpus_allowed"] = self._cpus_allowed(tick.pids)
        row.update(self._limits)
        return Reading([("job", row)], self._unknown((self._groupless, self._closed, closed, self._pressure.unknown)))

    def _unknown(self, parts: tuple[Sequence[Unknown], ...]) -> Sequence[Unknown]:
        """What is not known, all together; the same object as before where nothing has changed."""
        if parts != self._unknown_parts:
            self._unknown_parts, self._unknown_now = parts, [one for part in parts for one in part]
        return self._unknown_now

    def _look_closer(self) -> bool:
        """Read what the tree's search has not read of its processes; True if anything is not as at the last tick."""
        tree, before, self._processes = self._tree, self._processes, []
        has_changed = tree.has_changed
        for pid, process in tree.processes.items():
            if pid == tree.top and not tree.include_top:
                continue
            try:
                has_changed |= process.look_closer(tree.files)
            except OSError:  # it ended a moment ago: its parent's counters have it soon
                continue
            self._processes.append(process)
        return has_changed or self._processes != before

    def _add_up(self) -> Sums:
        """The sums over the processes as they were read."""
        user, system = self._tree.ended
        read = written = threads = swap = faults = 0
        rss: dict[int, int] = {}
        marks: dict[int, int] = {}
        for process in self._processes:
            zombie, user_ticks, system_ticks, child_user, child_system, its_threads, its_rss, its_faults = process.stat
            user += user_ticks + child_user
            system += system_ticks + child_system
            if process.io:
                read += process.io[0]
                written += process.io[1]
            if not zombie:
                threads += its_threads
                faults += its_faults
                rss[process.pid] = its_rss
                marks[process.pid], its_swap = process.status
                swap += its_swap
        row: Row = {
            "cpu_user_seconds": user / procfs.TICKS_PER_SECOND,
            "cpu_system_seconds": system / procfs.TICKS_PER_SECOND,
            "read_bytes": read,
            "written_bytes": written,
            "processes": len(rss),
            "threads": threads,
        }
        self._never_fall(row)
        stranger = next((process.pid for process in self._processes if process.io is None), None)
        self._closed = ()
        if stranger is not None:
            del row["read_bytes"], row["written_bytes"]
            self._closed = [_closed(column, stranger, "io") for column in ("read_bytes", "written_bytes")]
        if rss:  # else there is no level to tell
            row["rss_bytes"] = sum(rss.values())
            row["process_rss_bytes"] = max(rss.values())
            row["swap_bytes"] = swap
            row["hwm_bytes"] = self._marks.note(marks, rss)
            row["process_hwm_bytes"] = self._marks.largest
        return Sums(row, tuple(rss), sum(rss.values()), faults)

    def _read_pss(self, row: Row) -> Sequence[Unknown]:
        """Add PSS to the row, if it is due; what may not be read is returned."""
        _, living, rss_bytes, faults = self._sums
        if not living:
            return ()
        try:
            once = self._pss.read(living, rss_bytes, faults, self._own_memory.beside)
        except PermissionError as error:
            return [_closed(column, error.filename, "smaps_rollup") for column in Proportional._fields]
        if once:
            row.update(self._proportional(*once))
        return ()

    def _proportional(self, job: Proportional | None, beside: Proportional | None) -> Row:
        """The columns of one reading of PSS."""
        row: Row = dict(job._asdict()) if job else {}
        if self._own_memory.folder:  # its memory is told without page cache, so mapped files are not in it
            row["group_beside_bytes"] = beside.pss_bytes - (beside.pss_file_bytes or 0) if beside else 0
        return row

    def _look_around(self, pids: tuple[int, ...]) -> None:
        """Find the job's control groups and limits; who may run where is asked anew too."""
        self._affinity = {}
        self._cpus_of = ()
        self._excluded = set(self._tree.excluded)
        with suppress(OSError):  # it ended: the next tick has another
            self._groups = groups(procfs.read(f"/proc/{pids[0]}/cgroup").decode(errors="replace"), self._mounts)
            limits = read_limits(self._groups, self._mounts)
            self._limits = {"cpus_quota": limits.cpus, "memory_limit_bytes": limits.memory_bytes}
            self._throttling = throttling(self._groups, self._mounts)
            self._throttled_seconds = throttled_seconds(self._throttling, self._files)
            self._pressure = pressure.of_groups(self._groups, self._files)
            self._own_memory, self._own_cpu = (self._own(name, pids) for name in (job_cgroup.MEMORY, job_cgroup.CPU))
            self._groupless = [
                Unknown(None, column, own.reason, own.why)
                for own, columns in ((self._own_memory, _GROUP_MEMORY), (self._own_cpu, _GROUP_CPU))
                for column in columns
                if not own.folder
            ]
            if self._own_memory.folder and not job_cgroup.tells_peak(self._own_memory.folder):
                why = "the kernel keeps no peak of a control group of version 2; Linux 5.19 and newer do"
                self._groupless.append(Unknown(None, "group_peak_bytes", UNSUPPORTED, why))

    def _own(self, controller: str, pids: tuple[int, ...]) -> Own:
        known = Known({os.getpid(), *self._excluded}, job_cgroup.ancestors(self._tree.top))
        return job_cgroup.own(controller, self._groups, pids, known)

    def _read_groups(self, row: Row) -> None:
        """What the kernel says of the job's groups, and of those that are its own."""
        self._pressure.look()
        row.update(self._pressure.row)
        if self._limits.get("cpus_quota"):  # else nothing holds it back
            self._throttled_seconds = throttled_seconds(self._throttling, self._files)
        row["cpu_throttled_seconds"] = self._throttled_seconds
        memory, cpu = self._own_memory, self._own_cpu
        if memory.folder:
            row.update(job_cgroup.memory(memory.folder, self._files.read)._asdict())
        if cpu.folder:
            row["group_cpu_seconds"] = job_cgroup.cpu_seconds(cpu.folder, self._files.read)
            row["group_beside_cpu_seconds"] = job_cgroup.used_beside(cpu.beside, self._files.read)

    def _cpus_allowed(self, pids: tuple[int, ...]) -> int | None:
        if pids != self._cpus_of:
            before, self._affinity, self._cpus_of = self._affinity, {}, pids
            for pid in pids:
                with suppress(OSError):  # it ended, or belongs to somebody else
                    self._affinity[pid] = before.get(pid) or os.sched_getaffinity(pid)
            self._cpus = len(set().union(*self._affinity.values())) or None
        return self._cpus

    def _never_fall(self, row: Row) -> None:
        """Hold counters where they were while a process has left the tree and its parent does not have it yet."""
        for column, least in self._least.items():
            value = row[column]
            assert isinstance(value, (int, float))
            row[column] = self._least[column] = max(value, least)


class Sums(NamedTuple):
    """The tree added up: its part of the row, and of its living processes pids, RSS and page faults."""

    row: Row
    living: tuple[int, ...]
    rss_bytes: int
    faults: int


def _closed(column: str, pid: object, name: str) -> Unknown:
    return Unknown(None, column, NO_PERMISSION, f"{name} of process {pid} may not be read by this user")
