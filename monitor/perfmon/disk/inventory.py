"""The files of one folder as listed once, and of all folders of a tree together."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Generator

    from perfmon.disk.left_out import ExcludedEntries
    from perfmon.disk.top_files import TopFiles

_BLOCK_BYTES = 512  # unit of st_blocks, stat(2)
_ENTRIES = 64  # entries of a folder between two chances to stop, about 0.2 ms of work
# A folder in which something changed is looked into in every pass until it has been quiet for so long: delayed
# allocation reaches st_blocks by then (dirty pages are written after 30 s), and no change within the same tick of the
# clock that stamps files as the look can hide from the next one.
_HOT_SECONDS = 60.0

Identity = tuple[int, int]  # device and inode


class FileTotals(NamedTuple):
    """Totals of files: bytes allocated, bytes by length, how many, and bytes allocated to those that are old."""

    size_bytes: int = 0
    apparent_bytes: int = 0
    files: int = 0
    old_bytes: int = 0

    def plus(self, other: FileTotals, times: int = 1) -> FileTotals:
        """The sum of these totals and `times` the other ones."""
        return FileTotals(*(mine + times * theirs for mine, theirs in zip(self, other, strict=True)))


class DirectoryListing(NamedTuple):
    """What one folder held at a monotonic time `at`; `stamp` changes when a name in it is made, removed or changed."""

    stamp: tuple[int, int, int]
    folders: tuple[str, ...]
    single: FileTotals  # of files with one name
    linked: dict[Identity, FileTotals]  # of files with several names
    is_hot: bool
    at: float

    def has_changed(self, path: str) -> bool:
        """Whether the names in the folder need not be the same any more."""
        try:
            return _stamp(path) != self.stamp
        except OSError:  # it is gone
            return True


def list_directory(
    path: str,
    at: float,
    *,
    wall: float,
    left_out: Collection[str],
    excluded: ExcludedEntries,
    old_before: float,
    top: TopFiles | None,
) -> Generator[None, None, DirectoryListing]:
    """List a folder at a monotonic time `at` and a wall time, both in seconds, with a yield now and then.

    Sizes are of allocated blocks, as `du` counts them; links count themselves. Entries in `excluded` do not count.

    Raises:
        OSError: the folder cannot be read.
    """
    stamp = _stamp(path)  # before its names: one that is made meanwhile changes it
    newest = stamp[2] / 1e9
    size = apparent = files = old = 0
    folders: list[str] = []
    linked: dict[Identity, FileTotals] = {}
    with os.scandir(path) as entries:
        for number, entry in enumerate(entries, 1):
            if number % _ENTRIES == 0:
                yield
            if entry.is_dir(follow_symlinks=False):
                if entry.path not in left_out and not excluded.has_folder(entry.name):
                    folders.append(entry.path)
                continue
            if excluded.has_file(entry.name):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:  # it was removed meanwhile
                continue
            if top is not None:
                top.add(entry.path, status)
            newest = max(newest, status.st_ctime)
            allocated = status.st_blocks * _BLOCK_BYTES
            allocated_old = allocated if status.st_ctime < old_before else 0
            if status.st_nlink > 1:
                linked[status.st_dev, status.st_ino] = FileTotals(allocated, status.st_size, 1, allocated_old)
                continue
            size += allocated
            apparent += status.st_size
            files += 1
            old += allocated_old
    single = FileTotals(size, apparent, files, old)
    return DirectoryListing(stamp, tuple(folders), single, linked, newest > wall - _HOT_SECONDS, at)


def _stamp(path: str) -> tuple[int, int, int]:
    status = os.stat(path)
    return status.st_dev, status.st_ino, status.st_mtime_ns


class Inventory:
    """The files of all folders together, each once, however many names it has and in which folders."""

    def __init__(self) -> None:
        self.totals = FileTotals()
        self._linked: dict[Identity, tuple[int, FileTotals]] = {}  # how many folders have it, and as last seen

    def replace(self, before: DirectoryListing | None, now: DirectoryListing | None) -> None:
        """Count what is in a folder now in place of what was in it before."""
        for one, times in ((now, 1), (before, -1)):
            if one:
                self.totals = self.totals.plus(one.single, times)
                for identity, totals in one.linked.items():
                    self._link(identity, totals, times)

    def _link(self, identity: Identity, totals: FileTotals, times: int) -> None:
        folders, counted = self._linked.get(identity, (0, FileTotals()))
        latest = totals if times > 0 else counted
        folders += times
        if folders:
            self._linked[identity] = (folders, latest)
        else:
            del self._linked[identity]
            latest = FileTotals()
        self.totals = self.totals.plus(latest).plus(counted, -1)
