"""The page of some runs, rendered again when the runs have changed, at a limited rate."""

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

_CHECK_SECONDS = 1.0  # at least this long between two checks of the files
_PAUSE_SECONDS, _PAUSES = (
    4.0,
    9.0,
)  # between two renderings; at least 9 times the last one's duration: a tenth of one core


class _RenderedSite(NamedTuple):
    """A rendered page, the state of the files that it shows, and its runs.

    The page is encoded once, and all clients share the bytes.
    """

    version: str
    html: bytes
    parts: bytes
    runs: Runs | None
    pictures: dict[str, bytes | None]


class Site:
    """The report of the runs below some folders; its methods are safe to call from several threads."""

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
        self._rendered: _RenderedSite | None = None
        self._state = ""
        self._checked_at = self._next_render_at = float("-inf")

    def version(self) -> str:
        """Return the version of the page that `page` would return now."""
        with self._lock:
            return self._current().version

    def page(self) -> bytes:
        """Return the current page as HTML."""
        with self._lock:
            return self._current().html

    def parts(self) -> bytes:
        """Return the variable parts of the page as HTML: all but its scripts and styles."""
        with self._lock:
            return self._current().parts

    def picture(self, name: str) -> bytes | None:
        """Return a plot as PNG by its name; None if there is no such plot, or these runs have no data for it."""
        with self._lock:
            rendered = self._current()
            if rendered.runs is None or name not in (plots := named(rendered.runs)):
                return None
            if name not in rendered.pictures:
                _, plot, subject = plots[name]
                try:
                    rendered.pictures[name] = _picture(plot, rendered.runs, subject, self._options)
                except NothingToDraw:
                    rendered.pictures[name] = None
            return rendered.pictures[name]

    def _current(self) -> _RenderedSite:
        """Return the rendered site, rendered again if files have changed and the last rendering is long enough ago."""
        now = self._clock()
        if now >= self._checked_at + _CHECK_SECONDS or self._rendered is None:
            self._checked_at = now
            self._state = f"{_state(self._paths)}-{self._comparer.done}"
        if self._rendered is None or (self._state != self._rendered.version and now >= self._next_render_at):
            self._rendered = self._render()
            seconds = self._clock() - now
            self._next_render_at = now + seconds + max(_PAUSE_SECONDS, _PAUSES * seconds)
        return self._rendered

    def _render(self) -> _RenderedSite:
        with warnings.catch_warnings(record=True) as unreadable:
            warnings.simplefilter("always")
            try:
                runs = load(*self._paths)
            except run_search.NoRuns as reason:
                return _encoded(self._state, empty(str(reason), self._state), None)
            extras = Extras(
                title=self._title,
                pictures={name: f"picture/{name}.png" for name in named(runs)},
                problems=lambda: list(dict.fromkeys(str(one.message) for one in unreadable)),
                compared=self._comparer.compared(runs),
                version=self._state,
            )
            return _encoded(self._state, page(runs, self._options, extras), runs)


def _encoded(version: str, page: Page, runs: Runs | None) -> _RenderedSite:
    return _RenderedSite(version, page.html.encode(), page.parts.encode(), runs, {})


def _picture(plot: Plot, runs: Runs, subject: str, options: Options) -> bytes:
    """Draw the plot as PNG; errors of the plot are passed on."""
    from perfmon_analyze.exports.image_files import as_png  # noqa: PLC0415 - loads matplotlib, which pages do without

    return as_png(plot.load()(runs, subject, options=options))


def _state(paths: Sequence[str]) -> str:
    """Return a digest that changes when a file of a run changes."""
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
    """Yield name, size and modification time of each file in a run folder and the folders of its tables."""
    try:
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            if entry.is_file(follow_symlinks=False):
                known = entry.stat(follow_symlinks=False)
                yield f"{entry.path}\0{known.st_size}\0{known.st_mtime_ns}\0"
            elif depth and entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path, depth - 1)
    except FileNotFoundError:
        return  # sealed or removed meanwhile
