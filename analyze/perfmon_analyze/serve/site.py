"""What is served: the page of some runs as they are now, made anew when they have changed, but not all the time."""

from __future__ import annotations

import hashlib
import os
import time
import warnings
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from perfmon.store import run_search
from perfmon_analyze.loading.runs import load
from perfmon_analyze.plots.registry import named
from perfmon_analyze.report import Extras, empty, page
from perfmon_analyze.series.select import NothingToDraw
from perfmon_analyze.serve.comparisons import Comparer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.registry import Plot
    from perfmon_analyze.report import Page
    from perfmon_analyze.series.options import Options

_LOOK_SECONDS = 1.0  # at the most as often are files looked at
_PAUSE_SECONDS, _PAUSES = 4.0, 9.0  # between two pages; as many times what one took, so that it takes a tenth of a core


class _Made(NamedTuple):
    """A page, the state of the files that it shows, and the runs that it was made of.

    Its bytes are made once: all who fetch it share them, however many and slow they are.
    """

    version: str
    html: bytes
    parts: bytes
    runs: Runs | None
    pictures: dict[str, bytes | None]


class Site:
    """The runs below some folders, for a server that asks from several threads."""

    def __init__(
        self,
        paths: Sequence[str],
        options: Options,
        title: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._paths, self._options, self._title, self._clock = paths, options, title, clock
        self._comparer = Comparer(options)
        self._lock = Lock()
        self._made: _Made | None = None
        self._state = ""
        self._looked = self._next = float("-inf")

    def version(self) -> str:
        """The version that `page` would return now."""
        with self._lock:
            return self._current().version

    def page(self) -> bytes:
        """The page as it is now."""
        with self._lock:
            return self._current().html

    def parts(self) -> bytes:
        """What of the page changes: all but its scripts and its look."""
        with self._lock:
            return self._current().parts

    def picture(self, name: str) -> bytes | None:
        """The picture of a plot by its name; None if there is no such plot, or these runs cannot show it."""
        with self._lock:
            made = self._current()
            if made.runs is None or name not in (plots := named(made.runs)):
                return None
            if name not in made.pictures:
                _, plot, subject = plots[name]
                try:
                    made.pictures[name] = _picture(plot, made.runs, subject, self._options)
                except NothingToDraw:
                    made.pictures[name] = None
            return made.pictures[name]

    def _current(self) -> _Made:
        """What is there, made anew if there is something new and the last time is long enough ago."""
        now = self._clock()
        if now >= self._looked + _LOOK_SECONDS or self._made is None:
            self._looked = now
            self._state = f"{_state(self._paths)}-{self._comparer.done}"
        if self._made is None or (self._state != self._made.version and now >= self._next):
            self._made = self._make()
            took = self._clock() - now
            self._next = now + took + max(_PAUSE_SECONDS, _PAUSES * took)
        return self._made

    def _make(self) -> _Made:
        with warnings.catch_warnings(record=True) as unreadable:
            warnings.simplefilter("always")
            try:
                runs = load(*self._paths)
            except run_search.NoRuns as reason:
                return _made(self._state, empty(str(reason), self._state), None)
            extras = Extras(
                title=self._title,
                pictures={name: f"picture/{name}.png" for name in named(runs)},
                problems=lambda: list(dict.fromkeys(str(one.message) for one in unreadable)),
                compared=self._comparer.compared(runs),
                version=self._state,
            )
            return _made(self._state, page(runs, self._options, extras), runs)


def _made(version: str, page: Page, runs: Runs | None) -> _Made:
    return _Made(version, page.html.encode(), page.parts.encode(), runs, {})


def _picture(plot: Plot, runs: Runs, subject: str, options: Options) -> bytes:
    """The plot as a PNG file; it raises what the plot does."""
    from perfmon_analyze.exports.image_files import as_png  # noqa: PLC0415 - loads matplotlib, which pages do without

    return as_png(plot.load()(runs, subject, options=options))


def _state(paths: Sequence[str]) -> str:
    """A word that changes when a file of a run does."""
    known = hashlib.sha256()
    try:
        found, problems = run_search.search(paths)
        known.update("".join(problems).encode(errors="surrogateescape"))
        for folder in found:
            known.update("".join(_files(folder)).encode(errors="surrogateescape"))
    except (run_search.NoRuns, OSError) as reason:
        known.update(str(reason).encode(errors="surrogateescape"))
    return known.hexdigest()[:16]


def _files(folder: str, depth: int = 1) -> Iterator[str]:
    """Names, sizes and times of the files of a run, which lie in it and in the folders of its tables."""
    try:
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            if entry.is_file(follow_symlinks=False):
                known = entry.stat(follow_symlinks=False)
                yield f"{entry.path}\0{known.st_size}\0{known.st_mtime_ns}\0"
            elif depth and entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path, depth - 1)
    except FileNotFoundError:
        return  # sealed or removed meanwhile
