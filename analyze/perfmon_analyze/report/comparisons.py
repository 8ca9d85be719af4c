"""Compares variants and models for the page, several pairs at a time."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from perfmon_analyze.compare import Comparison, Pair
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options

_NEEDED = ("arch", "scipy")  # what `compare` needs beyond perfmon's own dependencies
_BY = ("variant", "model")


class Compared(NamedTuple):
    """The comparisons that these runs allow, and the reasons why others are missing."""

    done: Sequence[Comparison]
    reasons: Sequence[str]


One = tuple["Comparison | None", str]  # a comparison, or why there is none


def _as_they_come(ones: Iterable[One], _: int) -> Iterable[One]:
    return ones


def compare(
    runs: Runs,
    options: Options,
    *,
    workers: int = 1,
    progress: Callable[[Iterable[One], int], Iterable[One]] = _as_they_come,
) -> Compared:
    """Compare the variants and the models of these runs, as far as the runs allow.

    `progress` is given the comparisons as they are done, and their number.

    Raises:
        OSError: a process that compared was killed.
    """
    try:
        pairs, reasons = _pairs(runs)
        found = _compare_all(pairs, replace(options, phase=None), workers)
        ones = list(progress(found, len(pairs)))
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _NEEDED:
            raise
        reason = f"comparing needs {missing}, which is not installed: pip install 'arch>=8' scipy"
        return Compared((), (reason,))
    return Compared([one for one, _ in ones if one], [*reasons, *(why for _, why in ones if why)])


def _pairs(runs: Runs) -> tuple[list[Pair], list[str]]:
    """The pairs that can be compared, and the reasons why others cannot."""
    from perfmon_analyze.compare import NotComparable, by_label  # noqa: PLC0415 - needs an extra

    pairs, reasons = [], []
    for label in _BY:
        try:
            pairs.extend(by_label(runs, label))
        except NotComparable as reason:
            reasons.append(str(reason))
    return pairs, reasons


def _compare_all(pairs: Sequence[Pair], options: Options, workers: int) -> Iterator[One]:
    if workers == 1 or len(pairs) < 2:
        yield from (_compare_one(pair, options) for pair in pairs)
        return
    # A forked worker has the runs without loading them again.
    with ProcessPoolExecutor(workers, get_context("fork"), initializer=_init_worker, initargs=(pairs, options)) as pool:
        try:
            yield from pool.map(_compare_in_worker, range(len(pairs)))
        except BrokenProcessPool as error:
            raise OSError("a process that compared was killed, perhaps for want of memory") from error


def _compare_one(pair: Pair, options: Options) -> One:
    from perfmon_analyze.compare import NotComparable, compare  # noqa: PLC0415 - needs an extra

    try:
        return compare(pair, options), ""
    except NotComparable as reason:
        return None, str(reason)


_inherited: list[tuple[Sequence[Pair], Options]] = []  # in a worker: what is compared, and how


def _init_worker(pairs: Sequence[Pair], options: Options) -> None:
    _inherited.append((pairs, options))


def _compare_in_worker(place: int) -> One:
    ((pairs, options),) = _inherited
    return _compare_one(pairs[place], options)
