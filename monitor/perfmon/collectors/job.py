"""The job: CPU, memory and I/O of the process tree, in one row per tick."""

from __future__ import annotations

import os
import time

from perfmon.collector import Reading, Target, Tick
from perfmon.collectors.job_groups import JobGroups
from perfmon.collectors.tree_sums import Totals, TreeSums, not_permitted
from perfmon.lean.stdlib import TYPE_CHECKING, suppress
from perfmon.linux import job_cgroup
from perfmon.linux.affinity import CpuAffinity
from perfmon.linux.job_cgroup import KnownProcesses
from perfmon.linux.open_files import OpenFiles
from perfmon.linux.pss import PacedPss, Proportional
from perfmon.slurm import of_slurm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.store.journal import Row
    from perfmon.store.reasons import Unknown

_AGAIN_SECONDS = 10.0  # between two searches for what hardly ever changes: groups, limits, CPUs allowed


class Job:
    """One row of table `job`: the tree's counters, its levels and peaks of memory, its control groups and limits."""

    source = "job"
    can_hang = False
    pace = 0.0
    last_seconds = 2.0

    def __init__(self, target: Target) -> None:
        self._tree = target.tree
        self._files = OpenFiles()  # those of control groups; the processes' are the tree's
        self._sums = TreeSums(target.tree)
        self._pss = PacedPss()
        self._groups = JobGroups(self._files)
        self._affinity = CpuAffinity()
        self._search_at = 0.0
        self._excluded: set[int] = set()  # at the last search; some of perfmon's processes are started after that
        self._unknown_parts: tuple[Sequence[Unknown], ...] = ()
        self._unknown: Sequence[Unknown] = ()

    @classmethod
    def probe(cls) -> None:
        """Always there."""

    def open(self) -> dict[str, object]:
        """Return the batch system's allocation for run.json: CPUs, and memory in bytes."""
        return {"allocation": of_slurm(os.environ)}

    def collect(self, tick: Tick) -> Reading:
        """Read the processes that the tree's search has found, and the job's control groups."""
        self._files.next_round()
        if tick.pids and (time.monotonic() >= self._search_at or self._excluded != self._tree.excluded):
            self._search(tick.pids)
        totals = self._sums.read()
        row = dict(totals.columns)
        no_pss = self._read_pss(totals, row)
        row.update(self._groups.read())
        row["cpus_allowed"] = self._affinity.count(tick.pids)
        row.update(self._groups.limits)
        unknown = self._all_unknown((self._groups.missing, totals.unknown, no_pss, self._groups.pressure.unknown))
        return Reading([("job", row)], unknown)

    def _search(self, pids: tuple[int, ...]) -> None:
        """Find the job's control groups and limits, and query the CPU affinities again."""
        self._search_at = time.monotonic() + _AGAIN_SECONDS
        self._excluded = set(self._tree.excluded)
        self._affinity.forget()
        known = KnownProcesses({os.getpid(), *self._excluded}, job_cgroup.ancestors(self._tree.top))
        with suppress(OSError):  # it ended: the next tick has another
            self._groups.find(pids, known)

    def _read_pss(self, totals: Totals, row: Row) -> Sequence[Unknown]:
        """Add PSS to the row, if it is due; return why there is none, if it may not be read."""
        if not totals.living:
            return ()
        group = self._groups.memory
        try:
            sums = self._pss.read(totals.living, totals.rss_bytes, totals.faults, group.foreign_pids)
        except PermissionError as error:
            return [not_permitted(column, error.filename, "smaps_rollup") for column in Proportional._fields]
        if sums:
            job, foreign = sums
            row.update(job._asdict() if job else {})
            if group.folder:  # its memory is told without page cache, so mapped files are not in it
                row["group_beside_bytes"] = foreign.pss_bytes - (foreign.pss_file_bytes or 0) if foreign else 0
        return ()

    def _all_unknown(self, parts: tuple[Sequence[Unknown], ...]) -> Sequence[Unknown]:
        """All values that are not known, in one list; the same object as before where nothing has changed."""
        if parts != self._unknown_parts:
            self._unknown_parts, self._unknown = parts, [one for part in parts for one in part]
        return self._unknown
