"""The control groups of the job: limits, throttling, pressure, and the kernel's sums where a group is the job's own."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux import job_cgroup, pressure, procfs
from perfmon.linux.cgroup_limits import read_limits, throttled_seconds, throttling
from perfmon.linux.cgroups import groups, visible_mounts
from perfmon.linux.job_cgroup import JobCgroup, KnownProcesses
from perfmon.store.reasons import UNSUPPORTED, Unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from perfmon.linux.open_files import OpenFiles
    from perfmon.store.journal import Row

_MEMORY_COLUMNS = ("group_memory_bytes", "group_peak_bytes", "group_beside_bytes")
_CPU_COLUMNS = ("group_cpu_seconds", "group_beside_cpu_seconds")


class JobGroups:
    """The groups of the job's first process, as `find` found them; `read` gives their columns of table `job`.

    `limits` are the columns with the job's limits, `memory` and `cpu` the job's own groups, and `missing` says which
    columns are null because it has none.
    """

    def __init__(self, files: OpenFiles) -> None:
        self._files = files
        self._mounts = visible_mounts()
        self.limits: Row = {}
        self._throttling: tuple[str, ...] = ()
        self._throttled_seconds: float | None = None
        self.pressure = pressure.of_groups({}, files)
        self.memory = self.cpu = JobCgroup()
        self.missing: Sequence[Unknown] = ()

    def find(self, pids: Sequence[int], known: KnownProcesses) -> None:
        """Find the job's groups and limits, which take a dozen reads, up to the root.

        Raises:
            OSError: the job's first process has ended.
        """
        folders = groups(procfs.read(f"/proc/{pids[0]}/cgroup").decode(errors="replace"), self._mounts)
        limits = read_limits(folders, self._mounts)
        self.limits = {"cpus_quota": limits.cpus, "memory_limit_bytes": limits.memory_bytes}
        self._throttling = throttling(folders, self._mounts)
        self._throttled_seconds = throttled_seconds(self._throttling, self._files)
        self.pressure = pressure.of_groups(folders, self._files)
        self.memory, self.cpu = (
            job_cgroup.find_job_cgroup(controller, folders, pids, known)
            for controller in (job_cgroup.MEMORY, job_cgroup.CPU)
        )
        self.missing = [*_missing(self.memory, _MEMORY_COLUMNS), *_missing(self.cpu, _CPU_COLUMNS)]
        if self.memory.folder and not job_cgroup.has_memory_peak(self.memory.folder):
            why = "the kernel keeps no peak of a control group of version 2; Linux 5.19 and newer do"
            self.missing = [*self.missing, Unknown(None, "group_peak_bytes", UNSUPPORTED, why)]

    def read(self) -> Row:
        """The columns with pressure, throttling, memory and CPU time of the job's groups, as they are now."""
        self.pressure.read()
        row = dict(self.pressure.row)
        if self.limits.get("cpus_quota"):  # else nothing holds it back
            self._throttled_seconds = throttled_seconds(self._throttling, self._files)
        row["cpu_throttled_seconds"] = self._throttled_seconds
        if self.memory.folder:
            row.update(job_cgroup.memory(self.memory.folder, self._files.read)._asdict())
        if self.cpu.folder:
            row["group_cpu_seconds"] = job_cgroup.cpu_seconds(self.cpu.folder, self._files.read)
            row["group_beside_cpu_seconds"] = job_cgroup.foreign_cpu_seconds(self.cpu.foreign_pids, self._files.read)
        return row


def _missing(group: JobCgroup, columns: Collection[str]) -> list[Unknown]:
    """Why these columns are null, if the job has no group of its own for them."""
    return [] if group.folder else [Unknown(None, column, group.reason, group.why) for column in columns]
