"""Watched folders: what their files take on disk, and what they grew by since the run's start."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from perfmon.collector import LOST, NO_PERMISSION, NOT_FOUND, Reading, Target, Tick, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon.journal import Row

_BLOCK_BYTES = 512  # unit of st_blocks, stat(2)
_COARSE_SECONDS = 0.01  # the kernel stamps files by a clock that moves once a timer tick


class Size(NamedTuple):
    """A folder's files at one time: allocated bytes, number, and the bytes of those not touched since a moment."""

    size_bytes: int
    files: int
    old_bytes: int


class Folder:
    """One row per watched folder and scan."""

    source = "folder"
    can_hang = True  # a dead network mount keeps whoever looks at it
    pace = 0.0

    def __init__(self, target: Target) -> None:
        self._folders = target.folders
        self._own_paths = target.own_paths
        self._begin_time = target.begin_time - _COARSE_SECONDS
        self._baseline: dict[str, int] = {}

    @classmethod
    def probe(cls) -> None:
        """Always there."""

    def open(self) -> dict[str, object]:
        """The commit that is checked out in the working directory: it too lies on a file system that can hang."""
        return {"git_commit": git_commit()}

    def collect(self, tick: Tick) -> Reading:
        """Scan each folder."""
        del tick  # every scan is whole
        rows: list[tuple[str, Row]] = []
        unknown: list[Unknown] = []
        for path in self._folders:
            try:
                rows.append(("folder", self._row(path)))
            except OSError as error:
                unknown.append(Unknown(path, None, _reason(error), str(error)))
        return Reading(rows, unknown)

    def _row(self, path: str) -> Row:
        size = scan(path, own_paths=self._own_paths, old_before=self._begin_time)
        baseline = self._baseline.setdefault(path, size.old_bytes)
        space = os.statvfs(path)
        return {
            "path": path,
            "size_bytes": size.size_bytes,
            "files": size.files,
            "growth_bytes": size.size_bytes - baseline,
            "free_bytes": space.f_bavail * space.f_frsize,
        }


def git_commit() -> str | None:
    """The commit checked out in the working directory, by git itself; None where there is none, or no git."""
    read, write = os.pipe()
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    streams = [(os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    try:
        pid = os.posix_spawnp("git", ["git", "rev-parse", "HEAD"], os.environ, file_actions=streams)
    except OSError:
        return None
    os.close(write)
    commit = os.read(read, 100).decode().strip()
    status = os.waitpid(pid, 0)[1]
    return commit if status == 0 else None


def scan(path: str, *, own_paths: tuple[str, ...], old_before: float) -> Size:
    """Measure the files below a folder as `du` does: allocated blocks, a file with several names once, no links.

    `old_before` is in seconds since 1970: a file whose inode has not changed since then (ctime) counts as old.

    Raises:
        OSError: the folder itself cannot be read; what cannot be read below it is passed over.
    """
    size = files = old = 0
    seen: set[tuple[int, int]] = set()
    for entry in _walk(path, own_paths):
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:  # it was removed while we looked
            continue
        if status.st_nlink > 1:
            identity = (status.st_dev, status.st_ino)
            if identity in seen:
                continue
            seen.add(identity)
        allocated = status.st_blocks * _BLOCK_BYTES
        size += allocated
        files += 1
        old += allocated if status.st_ctime < old_before else 0
    return Size(size, files, old)


def _walk(path: str, own_paths: tuple[str, ...]) -> Iterator[os.DirEntry[str]]:
    """Every entry below a folder that is not a folder itself; links are entries and are not followed."""
    folders = [path]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        yield entry
                    elif entry.path not in own_paths:
                        folders.append(entry.path)
        except OSError:
            if folder == path:
                raise


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return NOT_FOUND
    return NO_PERMISSION if isinstance(error, PermissionError) else LOST
