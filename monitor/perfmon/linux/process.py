"""One process of the job, read from its files in /proc, which are kept open from tick to tick."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux import procfs
from perfmon.linux.open_files import CachedFile
from perfmon.linux.procfs import Status, parse_status

if TYPE_CHECKING:
    from perfmon.linux.open_files import OpenFiles

_NOTHING = procfs.Stat(False, 0, 0, 0, 0, 0, 0, 0, is_perfmons=False)


class Process:
    """One process; a file is parsed again only when its content has changed, which an idle process's has not.

    `stat`, `status` and `io` are as last read; `io` is None where it may not be read.
    """

    __slots__ = ("_children", "_io", "_stat", "_status_at", "io", "pid", "stat", "status")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._stat, self._io, self._children = (
            CachedFile(f"/proc/{pid}/{name}") for name in ("stat", "io", f"task/{pid}/children")
        )
        self.stat = _NOTHING
        self.status = Status(0, 0)
        self._status_at: tuple[int, int] | None = None  # page faults and RSS
        self.io: procfs.Io | None = None

    def read_stat(self) -> bool:
        """Read `stat`; True if it has changed since the last reading.

        Raises:
            OSError: it has ended.
        """
        before, self.stat = self.stat, self._stat.parsed(procfs.parse_stat)
        return self.stat is not before

    def read_details(self, files: OpenFiles) -> bool:
        """Read `io` and, where it may have changed, `status`; True if they have changed.

        Raises:
            OSError: it has ended.
        """
        before = self.io
        try:
            self.io = self._io.parsed(procfs.parse_io)
        except PermissionError:
            self.io = None
        except FileNotFoundError:
            if procfs.has("/proc/self/io"):
                raise
            self.io = None
        # Formatting `status` costs the kernel more than all else, and says nothing new without a page fault.
        at = self.stat.faults, self.stat.rss_bytes
        if at == self._status_at:
            return self.io is not before
        self.status = parse_status(files.read(f"/proc/{self.pid}/status"))
        self._status_at = at
        return True

    def children(self) -> list[int]:
        """The pids of the children that its first thread started; none if it has ended."""
        try:
            return self._children.parsed(procfs.parse_numbers)
        except OSError:
            return []

    def close(self) -> None:
        """Close its files."""
        for file in (self._stat, self._io, self._children):
            file.close()
