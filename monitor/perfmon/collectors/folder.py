"""Watched folders: what their files take on disk, and what they grew by since the run's start."""

from __future__ import annotations

import os
import time

from perfmon.collector import Reading, Target, Tick
from perfmon.disk.scan import Scan
from perfmon.disk.top_files import TopFiles
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux import mounts
from perfmon.store.reasons import LOST, NO_PERMISSION, NOT_FOUND, TIMEOUT, UNSUPPORTED, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfmon.disk.inventory import FileTotals
    from perfmon.store.journal import Row

_COARSE_SECONDS = 0.01  # the kernel stamps files by a clock that moves once a timer tick
_SHARE = 0.01  # of one core that looking may take while the job runs
_CREDIT_SECONDS = 0.1  # what it may take at once, so that short runs know the sizes at their start too
_REST_SHARE = 0.25  # of the time in which nothing changed
_REST_SECONDS = 0.95  # at most: at whole seconds every tick is asked for
_SLEEP_SECONDS = 4.95  # at most, while the job writes nothing: others may, and it may remove something
_LAST_SECONDS = 8.0  # for the last pass over all folders; the sampler waits 10 s for its answer
_BEFORE = "folders_before"
_SIZES = ("size_bytes", "apparent_bytes", "files", "growth_bytes", "age_seconds")


class Folder:
    """One row per watched folder and complete pass over it."""

    source = "folder"
    can_hang = True  # a dead network mount keeps whoever looks at it
    pace = 0.0
    last_seconds = _LAST_SECONDS + 1

    def __init__(self, target: Target, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        mounted = mounts.mountinfo()
        left_out = frozenset(mounts.no_disks(mounted))
        self._sleep_seconds = _SLEEP_SECONDS if mounts.are_writes_counted(target.folders, mounted) else _REST_SECONDS
        old_before = target.begin_time - _COARSE_SECONDS
        self._scans = [
            Scan(path, left_out=left_out, plots=target.plots, old_before=old_before, monotonic=monotonic)
            for path in target.folders
        ]
        before = target.learned.get(_BEFORE)
        self._baseline: dict[str, int] = dict(before) if isinstance(before, dict) else {}
        self._credit = _CREDIT_SECONDS
        self._credited_at = monotonic()
        self._totals: list[FileTotals] = []  # as of the last pass over all
        self._changed_at = monotonic()

    @classmethod
    def probe(cls) -> None:
        """Always there."""

    def open(self) -> dict[str, object]:
        """The commit that is checked out in the working directory: it too lies on a file system that can hang."""
        return {"git_commit": git_commit()}

    def collect(self, tick: Tick) -> Reading:
        """Go on scanning for as long as there is credit; at the last tick scan everything."""
        begin = self._monotonic()
        earned = _SHARE * (begin - self._credited_at)
        self._credit = min(self._credit + earned, max(_CREDIT_SECONDS, earned))
        self._credited_at = begin
        known = len(self._baseline)
        rows: list[tuple[str, Row]] = []
        unknown: list[Unknown] = []
        tops: list[dict[str, object]] = []
        for scan, seconds in self._shares(begin, _LAST_SECONDS if tick.last else self._credit):
            top = TopFiles()
            try:
                if tick.last:
                    row = self._row if scan.finish(seconds, top) else _unfinished
                    rows.append(("folder", row(scan, unknown)))
                elif seconds and scan.advance(seconds):
                    rows.append(("folder", self._row(scan, unknown)))
            except OSError as error:
                unknown.append(Unknown(scan.path, None, _reason(error), str(error)))
            if top.is_complete:
                tops.append({"folder": scan.path, **top.facts()})
        self._credit -= self._monotonic() - begin
        facts: dict[str, object] = {_BEFORE: dict(self._baseline)} if tick.last or len(self._baseline) > known else {}
        rest = self._rest(begin) if len(rows) == len(self._scans) else 0.0
        return Reading(
            rows,
            unknown,
            facts | {"folders_top": tops} if tick.last else facts,
            min(rest, _REST_SECONDS),
            min(rest, self._sleep_seconds),
        )

    def _rest(self, now: float) -> float:
        """Seconds for which to leave the folders alone: a part of the time since something in them changed."""
        totals = [scan.totals for scan in self._scans]
        if totals != self._totals:
            self._totals, self._changed_at = totals, now
        return _REST_SHARE * (now - self._changed_at)

    def _shares(self, begin: float, seconds: float) -> Iterator[tuple[Scan, float]]:
        """Each folder with its part of the time; what the small ones leave goes to the large ones."""
        left = len(self._scans)
        for scan in sorted(self._scans, key=lambda scan: scan.pass_seconds):
            part = (seconds - (self._monotonic() - begin)) / left
            left -= 1
            yield scan, max(part, 0.0)

    def _row(self, scan: Scan, unknown: list[Unknown]) -> Row:
        baseline = self._baseline.setdefault(scan.path, scan.totals.old_bytes)
        return {
            "path": scan.path,
            "size_bytes": scan.totals.size_bytes,
            "apparent_bytes": scan.totals.apparent_bytes,
            "files": scan.totals.files,
            "growth_bytes": scan.totals.size_bytes - baseline,
            "age_seconds": round(scan.age_seconds, 4),
            **_space(scan.path, unknown),
        }


def _unfinished(scan: Scan, unknown: list[Unknown]) -> Row:
    """The row of a folder whose last pass did not come to its end: a part of a sum is not a sum."""
    detail = f"looking through the folder at the end took longer than {_LAST_SECONDS:.0f} s"
    unknown += [Unknown(scan.path, column, TIMEOUT, detail) for column in _SIZES]
    return {"path": scan.path, **dict.fromkeys(_SIZES), **_space(scan.path, unknown)}


def _space(path: str, unknown: list[Unknown]) -> Row:
    space = os.statvfs(path)
    if not space.f_files:
        unknown.append(Unknown(path, "free_inodes", UNSUPPORTED, "its file system has no fixed number of inodes"))
    return {
        "free_bytes": space.f_bavail * space.f_frsize,
        "free_inodes": space.f_favail if space.f_files else None,
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


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return NOT_FOUND
    return NO_PERMISSION if isinstance(error, PermissionError) else LOST
