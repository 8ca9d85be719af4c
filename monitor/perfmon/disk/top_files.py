"""The largest and the newest files of a folder tree."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING, heapq
from perfmon.store import clock

if TYPE_CHECKING:
    import os

_FILES = 10

_File = tuple[int, str, int, int, tuple[int, int]]  # what orders them, path, allocated bytes, mtime in ns, inode


class TopFiles:
    """Ten of each, found by looking at every file once."""

    def __init__(self) -> None:
        self.is_complete = False
        self._largest: list[_File] = []
        self._newest: list[_File] = []

    def add(self, path: str, status: os.stat_result) -> None:
        """Look at one file; a second name of one that is among the top already is passed over."""
        size, modified = status.st_blocks * 512, status.st_mtime_ns
        inode = (status.st_dev, status.st_ino)
        _keep(self._largest, (size, path, size, modified, inode))
        _keep(self._newest, (modified, path, size, modified, inode))

    def facts(self) -> dict[str, list[dict[str, object]]]:
        """Both lists, first things first, as run.json has them."""
        return {
            name: [
                {"path": path, "size_bytes": size, "modified": clock.utc(modified)}
                for _, path, size, modified, _ in sorted(heap, reverse=True)
            ]
            for name, heap in (("largest", self._largest), ("newest", self._newest))
        }


def _keep(heap: list[_File], file: _File) -> None:
    if len(heap) == _FILES and file[0] <= heap[0][0]:
        return
    if any(file[4] == other[4] for other in heap):
        return
    (heapq.heappush if len(heap) < _FILES else heapq.heappushpop)(heap, file)
