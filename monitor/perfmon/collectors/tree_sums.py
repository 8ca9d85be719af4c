"""The processes of the job added up: CPU time, I/O, memory and its peaks."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple
from perfmon.linux import procfs
from perfmon.linux.peak_memory import HighWaterMarks
from perfmon.store.reasons import NO_PERMISSION, UNSUPPORTED, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.linux.process import Process
    from perfmon.linux.process_tree import Tree
    from perfmon.store.journal import Row

_NO_IO = "this kernel does not count what processes read and write (CONFIG_TASK_IO_ACCOUNTING)"
_IO = ("read_bytes", "written_bytes")
_COUNTERS = ("cpu_user_seconds", "cpu_system_seconds", *_IO)


class Totals(NamedTuple):
    """The tree at one tick: columns of table `job`, and which of them may not be read.

    Of the living processes `living` are the pids, `rss_bytes` the RSS, and `faults` the page faults since they began.
    """

    columns: Row
    living: tuple[int, ...]
    rss_bytes: int
    faults: int
    unknown: Sequence[Unknown]


class TreeSums:
    """Reads the processes that the tree's last search found, and adds them up where anything has changed."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._processes: list[Process] = []
        self._totals = Totals({}, (), 0, 0, ())
        self._least: Row = dict.fromkeys(_COUNTERS, 0)
        self._marks = HighWaterMarks(from_start=not tree.include_top)

    def read(self) -> Totals:
        """The sums as they are now; the same object as before where no process says anything new."""
        if self._read_details():
            self._totals = self._add_up()
        return self._totals

    def _read_details(self) -> bool:
        """Read what the tree's search has not read of its processes; True if anything is not as at the last tick."""
        tree, before, self._processes = self._tree, self._processes, []
        has_changed = tree.has_changed
        for pid, process in tree.processes.items():
            if pid == tree.top and not tree.include_top:
                continue
            try:
                has_changed |= process.read_details(tree.files)
            except OSError:  # it ended a moment ago: its parent's counters have it soon
                continue
            self._processes.append(process)
        return has_changed or self._processes != before

    def _add_up(self) -> Totals:
        columns, unknown = self._counters()
        living = [process for process in self._processes if not process.stat.zombie]
        columns["processes"] = len(living)
        columns["threads"] = sum([process.stat.threads for process in living])
        rss = {process.pid: process.stat.rss_bytes for process in living}
        if living:  # else there is no level to tell
            columns |= self._memory(living, rss)
        faults = sum([process.stat.faults for process in living])
        return Totals(columns, tuple(rss), sum(rss.values()), faults, unknown)

    def _counters(self) -> tuple[Row, Sequence[Unknown]]:
        """CPU time and I/O, of ended processes too; without I/O, and why, if that of one process may not be read."""
        ended = self._tree.ended
        user, system = ended.user_ticks, ended.system_ticks
        read = written = 0
        for process in self._processes:
            stat, io = process.stat, process.io
            user += stat.user_ticks + stat.child_user_ticks
            system += stat.system_ticks + stat.child_system_ticks
            if io:
                read += io.read_bytes
                written += io.written_bytes
        columns: Row = {
            "cpu_user_seconds": user / procfs.TICKS_PER_SECOND,
            "cpu_system_seconds": system / procfs.TICKS_PER_SECOND,
            "read_bytes": read,
            "written_bytes": written,
        }
        self._never_fall(columns)
        stranger = next((process.pid for process in self._processes if process.io is None), None)
        if stranger is None:
            return columns, ()
        for column in _IO:
            del columns[column]
        if not procfs.has("/proc/self/io"):
            return columns, [Unknown(None, column, UNSUPPORTED, _NO_IO) for column in _IO]
        return columns, [not_permitted(column, stranger, "io") for column in _IO]

    def _never_fall(self, columns: Row) -> None:
        """Hold counters where they were while a process has left the tree and its parent does not have it yet."""
        for column, least in self._least.items():
            value = columns[column]
            assert isinstance(value, (int, float))
            assert isinstance(least, (int, float))
            columns[column] = self._least[column] = max(value, least)

    def _memory(self, living: Sequence[Process], rss: dict[int, int]) -> Row:
        """Levels and peaks in bytes, of the living processes together and of the largest of them."""
        marks = {process.pid: process.status.hwm_bytes for process in living}
        return {
            "rss_bytes": sum(rss.values()),
            "process_rss_bytes": max(rss.values()),
            "swap_bytes": sum([process.status.swap_bytes for process in living]),
            "hwm_bytes": self._marks.update(marks, rss),
            "process_hwm_bytes": self._marks.largest,
        }


def not_permitted(column: str, pid: object, name: str) -> Unknown:
    """Why a column is null: a file of /proc of one process belongs to another user."""
    return Unknown(None, column, NO_PERMISSION, f"{name} of process {pid} may not be read by this user")
