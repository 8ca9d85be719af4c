"""What a sample costs: CPU time by size of the tree and rate, and memory."""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import TYPE_CHECKING, NamedTuple

from tqdm import tqdm

from benchmark_suite import budgets
from benchmark_suite.tables import Row, Spread, table
from benchmark_suite.tools import TOOLS, Tool
from benchmark_suite.watched_job import Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "Sampling"
_SETTLE_SECONDS = 2.0  # in which a tool loads what it needs, and takes its first samples
_SLOW, _SLOW_SETTLE_SECONDS = 1.0, 5.0  # so seldom all tools are watched at once, for longer
CROWD, _SHORT_LIVED = 500, 200  # of these so many live for a second or two, and are followed by others
_CELLS = (*itertools.product((_SLOW,), (1, 10, 100)), *itertools.product((10.0,), (1, 10, 100, 200)))
CELLS = (*_CELLS, *itertools.product((100.0,), (1, 10, 100)), (2.0, CROWD))  # ticks per second, processes


class Sampled(NamedTuple):
    """What a tool used while it sampled, all its processes together; ratios are of one CPU."""

    seconds_per_sample: float
    core_ratio: float
    pss_bytes: float
    peak_bytes: float  # of its largest process


def sample(tools: Sequence[Tool], folder: Path, *, hertz: float, count: int, seconds: float) -> dict[str, Sampled]:
    """Have a tree of sleeping processes watched by each of these tools, all at once."""
    loops = _SHORT_LIVED if count == CROWD else 0
    sleeping = count - 2 * loops  # whoever has others follow each other is a process too
    with contextlib.ExitStack() as stack:
        wrapped = {}
        for tool in tools:
            one = Wrapped(tool.words(f"{1 / hertz:g}"), folder / tool.name, count=sleeping, loops=loops)
            wrapped[tool] = stack.enter_context(one)
        time.sleep((_SLOW_SETTLE_SECONDS if hertz == _SLOW else _SETTLE_SECONDS) + 1 / hertz)
        begin = {tool: (time.perf_counter(), one.cpu_seconds()) for tool, one in wrapped.items()}
        time.sleep(seconds)
        ratios = {tool: _used_since(begin[tool], one) for tool, one in wrapped.items()}
        memories = {tool: one.memory() for tool, one in wrapped.items()}
    return {
        tool.name: Sampled(ratio / rate(tool.times(folder / tool.name), hertz), ratio, *memories[tool])
        for tool, ratio in ratios.items()
    }


def _used_since(begin: tuple[float, float], tool: Wrapped) -> float:
    wall, cpu = begin
    return (tool.cpu_seconds() - cpu) / (time.perf_counter() - wall)


def rate(times: Sequence[float], hertz: float) -> float:
    """Samples per second that were taken, those of start and end left out; of a handful of samples, what was asked."""
    inner = times[1:-1]
    return (len(inner) - 1) / (inner[-1] - inner[0]) if len(inner) > 3 else hertz


def measure(folder: Path, effort: Effort) -> str:
    """Each rate and tree by all tools in turn."""
    cells = [(cell, number) for cell in CELLS for number in range(effort.rounds if _target(*cell)[0] else 1)]
    done: dict[tuple[float, int], dict[str, list[Sampled]]] = {}
    for (hertz, count), number in tqdm(cells, desc="sampling", disable=None):
        place = folder / f"{hertz:g}-{count}-{number}"
        turns = TOOLS[number % 2 :] + TOOLS[: number % 2]
        for together in [turns] if hertz == _SLOW else [(tool,) for tool in turns]:
            ones = sample(together, place, hertz=hertz, count=count, seconds=effort.windows[hertz])
            for name, one in ones.items():
                done.setdefault((hertz, count), {}).setdefault(name, []).append(one)
    return table([*_rows(done), *_memory(done[10.0, 1])])


def _rows(done: dict[tuple[float, int], dict[str, list[Sampled]]]) -> Iterator[Row]:
    for (hertz, count), by_tool in done.items():
        costs = _spreads(by_tool, lambda s: s.seconds_per_sample)
        target, there = _target(hertz, count)
        pace = costs["psrecord"].median / there if there else None
        yield Row(f"CPU time per sample, {_cell(hertz, count)}", "ms", costs, target, pace)
    for (hertz, count), by_tool in done.items():
        yield Row(f"share of one CPU, {_cell(hertz, count)}", "%", _spreads(by_tool, lambda s: s.core_ratio))


def _cell(hertz: float, count: int) -> str:
    what = f"{CROWD} processes that come and go" if count == CROWD else f"{count} process{'es' if count > 1 else ''}"
    return f"{what} at {hertz:g} Hz"


def _memory(by_tool: dict[str, list[Sampled]]) -> Iterator[Row]:
    peaks = _spreads(by_tool, lambda s: s.peak_bytes)
    yield Row("peak of the largest process", "MiB", peaks, budgets.MEMORY_BYTES)
    yield Row("PSS of all its processes", "MiB", _spreads(by_tool, lambda s: s.pss_bytes))


def _spreads(by_tool: dict[str, list[Sampled]], value: Callable[[Sampled], float]) -> dict[str, Spread]:
    return {name: Spread.of([value(one) for one in ones]) for name, ones in by_tool.items()}


def _target(hertz: float, count: int) -> tuple[float | None, float | None]:
    """The target, and what psrecord took where it was set."""
    if count == budgets.BIG_TREE:
        return budgets.BIG_TREE_SECONDS, budgets.PSRECORD_BIG_TREE_SECONDS
    if count == CROWD:
        return budgets.CROWD_SECONDS, CROWD / budgets.BIG_TREE * budgets.PSRECORD_BIG_TREE_SECONDS
    return (budgets.TICK_SECONDS[hertz], budgets.PSRECORD_TICK_SECONDS[hertz]) if count == 1 else (None, None)
