"""How even the samples are, on a machine that rests and on one that is busy, and what a busy job loses."""

from __future__ import annotations

import contextlib
import itertools
import os
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

from tqdm import tqdm

from benchmark_suite import budgets
from benchmark_suite.tables import Row, Spread, table
from benchmark_suite.tools import TOOLS, Tool
from benchmark_suite.watched_job import Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "Evenness of samples, and a job that keeps every CPU busy"
_SETTLE_SECONDS = 0.7
_FAST_SECONDS = 2.0


class Even(NamedTuple):
    """How a tool kept its interval, and what share of all CPUs it used meanwhile."""

    median_seconds: float
    off_ratio: float  # how far off the interval the worst but 1 % of intervals are, in intervals
    drift_seconds: float  # by how much longer a minute's samples take
    lost_ratio: float  # whole samples missing, of those that were due
    taken_ratio: float


def evenness(times: Sequence[float], interval: float, taken_ratio: float = 0.0) -> Even:
    """From the times of all samples in seconds; those of start and end are not on the grid, and left out."""
    inner = times[2:-1]
    gaps = [after - before for before, after in itertools.pairwise(inner)]
    due = (inner[-1] - inner[0]) / interval
    off = sorted(abs(gap / interval - 1) for gap in gaps)
    return Even(
        median_seconds=statistics.median(gaps),
        off_ratio=off[int(0.99 * (len(off) - 1))],
        drift_seconds=60 * (due / len(gaps) - 1),
        lost_ratio=max(0, round(due - len(gaps))) / due,
        taken_ratio=taken_ratio,
    )


def measure(folder: Path, effort: Effort) -> str:
    """At rest all at once for a minute, then one after the other beside jobs that keep every CPU busy."""
    still = _at_rest(folder / "rest", effort.still_seconds)
    fast = _in_turn(folder / "fast", 100.0, min(effort.busy_seconds, _FAST_SECONDS), burners=0)
    cpus = os.cpu_count() or 1
    busy = _in_turn(folder / "busy", 10.0, effort.busy_seconds, burners=cpus)
    busy_fast = _in_turn(folder / "busy-fast", 100.0, min(effort.busy_seconds, _FAST_SECONDS), burners=cpus)
    return table([*_rows(still, fast, "at rest"), *_rows(busy, busy_fast, "busy"), _taken(busy)])


def _at_rest(folder: Path, seconds: float) -> dict[str, Even]:
    with contextlib.ExitStack() as stack:
        for tool in TOOLS:
            stack.enter_context(Wrapped(tool.words("0.1"), folder / tool.name))
        for _ in tqdm(range(round(seconds)), desc="ticks at rest", unit="s", disable=None):
            time.sleep(1.0)
    return {tool.name: evenness(tool.times(folder / tool.name), 0.1) for tool in TOOLS}


def _in_turn(folder: Path, hertz: float, seconds: float, *, burners: int) -> dict[str, Even]:
    what = "busy" if burners else "at rest"
    turns = tqdm(TOOLS, desc=f"ticks {what}, {hertz:g} Hz", disable=None)
    return {tool.name: _watch(tool, folder / tool.name, hertz, seconds, burners) for tool in turns}


def _watch(tool: Tool, folder: Path, hertz: float, seconds: float, burners: int) -> Even:
    with Wrapped(tool.words(f"{1 / hertz:g}"), folder, burners=burners) as wrapped:
        time.sleep(_SETTLE_SECONDS)
        window = wrapped.window(seconds)
    taken = window.cpu_seconds / window.wall_seconds / (os.cpu_count() or 1)
    return evenness(tool.times(folder), 1 / hertz, taken)


def _rows(slow: Mapping[str, Even], fast: Mapping[str, Even], how: str) -> Iterator[Row]:
    busy = how == "busy"
    yield Row(f"median interval at 10 Hz, {how}", "ms", _spreads(slow, lambda e: e.median_seconds))
    late = budgets.OFF_RATIO if busy else None
    yield Row(f"99 % of intervals are off by at most, {how}", "%", _spreads(slow, lambda e: e.off_ratio), late)
    drift = None if busy else budgets.DRIFT_SECONDS
    yield Row(f"a minute's samples take longer by, {how}", "ms", _spreads(slow, lambda e: e.drift_seconds), drift)
    lost = None if busy else budgets.LOST_RATIO
    yield Row(f"samples lost at 100 Hz, {how}", "%", _spreads(fast, lambda e: e.lost_ratio), lost)


def _taken(busy: Mapping[str, Even]) -> Row:
    taken = _spreads(busy, lambda e: e.taken_ratio)
    pace = taken["psrecord"].median / budgets.PSRECORD_TAKEN_RATIO
    return Row("taken of all CPUs at 10 Hz, busy", "%", taken, budgets.TAKEN_RATIO, pace)


def _spreads(by_tool: Mapping[str, Even], value: Callable[[Even], float]) -> dict[str, Spread]:
    return {name: Spread.of([value(one)]) for name, one in by_tool.items()}
