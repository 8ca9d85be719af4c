"""Draws many plots of the same runs into one folder, in several processes."""

from __future__ import annotations

import gc
import os
import warnings
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from perfmon.store.output_file import write_text
from perfmon_analyze.exports import image_files, summary
from perfmon_analyze.exports.summary_markdown import as_markdown
from perfmon_analyze.loading.run_folder import Unreadable
from perfmon_analyze.plots import style
from perfmon_analyze.plots.registry import named
from perfmon_analyze.series.select import NothingToDraw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.registry import Named
    from perfmon_analyze.series.options import Options

_FEW = 4  # plots for which starting further processes takes longer than it saves
_MOST_WORKERS = 8


class PlotResult(NamedTuple):
    """The result of one plot: its files, or the reason why it was left out; and warnings of unreadable files."""

    name: str
    paths: Sequence[str]
    reason: str | None
    unreadable: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ImageTarget:
    """The folder, the formats and the resolution of pictures."""

    folder: str
    formats: Sequence[str] = ("png",)
    dpi: float | None = None


def _nothing() -> None:
    pass


def chosen(runs: Runs, wanted: Sequence[str]) -> list[Named]:
    """The plots whose names match one of these names or shell patterns; all of them if there are none.

    Raises:
        ValueError: a name or pattern matches no plot.
    """
    plots = named(runs)
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in plots):
            raise ValueError(f"the plot must be one of {', '.join(plots)}, or a pattern of them; not {pattern!r}")
    return [one for name, one in plots.items() if not wanted or any(fnmatchcase(name, p) for p in wanted)]


def draw_plots(
    runs: Runs,
    plots: Sequence[Named],
    options: Options,
    target: ImageTarget,
    *,
    meanwhile: Callable[[], None] = _nothing,
) -> Iterator[PlotResult]:
    """Draw these plots, several at a time if there are many; yield the result of each as it is done.

    `meanwhile` is done once in this process, beside others that draw if there are any.

    Raises:
        OSError: a file cannot be written, or a process that drew was killed.
    """
    drawing = _Drawing(runs, options, target)
    workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, _MOST_WORKERS)
    if len(plots) <= _FEW or workers == 1:
        yield from _in_turn(drawing, plots)
        meanwhile()
        return
    _gather(runs, plots, options, workers)
    yield from _together(drawing, plots, workers, meanwhile)


def _in_turn(drawing: _Drawing, plots: Sequence[Named]) -> Iterator[PlotResult]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for place, one in enumerate(plots):
            if place:
                gc.collect()  # a figure refers to itself, and has many megabytes; the last one ends with the process
            yield drawing(one)
    finally:
        if was_enabled:
            gc.enable()


def _together(
    drawing: _Drawing, plots: Sequence[Named], workers: int, meanwhile: Callable[[], None]
) -> Iterator[PlotResult]:
    from concurrent.futures import ProcessPoolExecutor, as_completed  # noqa: PLC0415 - few plots are drawn without
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - as above
    from multiprocessing import get_context  # noqa: PLC0415 - as above

    # A forked worker has the data, matplotlib and what draws without loading them again, and in the same memory.
    for one in plots:
        one.plot.load()
    with ProcessPoolExecutor(workers, get_context("fork"), initializer=_begin, initargs=(drawing, plots)) as pool:
        longest_first = sorted(range(len(plots)), key=lambda place: -plots[place].plot.panels)
        futures = [pool.submit(_continue, place) for place in longest_first]
        meanwhile()
        try:
            for done in as_completed(futures):
                for message in done.result().unreadable:
                    warnings.warn(message, Unreadable, stacklevel=2)
                yield done.result()
        except BrokenProcessPool as error:
            raise OSError("a process that drew plots was killed, perhaps for want of memory") from error


def _gather(runs: Runs, plots: Sequence[Named], options: Options, workers: int) -> None:
    """Read and compute the data of all plots, which numpy and Arrow do in several threads at once."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - few plots are drawn without

    def gather(one: Named) -> None:
        with suppress(NothingToDraw):
            one.plot.data(runs, one.subject, options=options)

    with ThreadPoolExecutor(workers) as threads:  # gone before there are forks
        list(threads.map(gather, plots))


def summarize(runs: Runs, options: Options, folder: str) -> None:
    """Write `summary.json` and `summary.md` into the folder.

    Raises:
        OSError: a file cannot be written.
    """
    found = summary.summarize(runs, options)
    write_text(summary.as_json(found), os.path.join(folder, "summary.json"))
    write_text(as_markdown(found, style.model_styles(runs, options)), os.path.join(folder, "summary.md"))


class _Drawing:
    """Draws and writes one plot after the other."""

    def __init__(self, runs: Runs, options: Options, target: ImageTarget) -> None:
        self._runs, self._options, self._target = runs, options, target

    def __call__(self, one: Named) -> PlotResult:
        try:
            figure = one.plot.load()(self._runs, one.subject, options=self._options)
        except NothingToDraw as reason:
            return PlotResult(one.name, (), str(reason))
        target = self._target
        paths = image_files.write(
            figure, one.name, target.folder, formats=target.formats, style=self._options.style, dpi=target.dpi
        )
        return PlotResult(one.name, paths, None)


_inherited: list[tuple[_Drawing, Sequence[Named]]] = []  # in a worker: what it draws with, and the plots


def _begin(drawing: _Drawing, plots: Sequence[Named]) -> None:
    _inherited.append((drawing, plots))
    gc.freeze()  # what was inherited is left alone, and so stays in shared memory
    gc.disable()


def _continue(place: int) -> PlotResult:
    ((drawing, plots),) = _inherited
    with warnings.catch_warnings(record=True) as unreadable:
        warnings.simplefilter("always", Unreadable)
        drawn = drawing(plots[place])
    gc.collect()  # a figure refers to itself, and has many megabytes
    return drawn._replace(unreadable=[str(warning.message) for warning in unreadable])
