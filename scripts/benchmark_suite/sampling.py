"""What a sample costs: CPU time by size of the tree and rate, and memory."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, NamedTuple

from tqdm import tqdm

from benchmark_suite import budgets
from benchmark_suite.rows import Row, Spread, table
from benchmark_suite.tools import TOOLS, Tool
from benchmark_suite.wrapped import Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "Sampling"
_SETTLE_SECONDS = 0.4  # in which a tool loads what it needs, and takes its first samples
_CELLS = (*itertools.product((1.0,), (1, 10, 100)), *itertools.product((10.0,), (1, 10, 100, 200)))
CELLS = (*_CELLS, *itertools.product((100.0,), (1, 10, 100)))  # ticks per second, processes


class Sampled(NamedTuple):
    """What a tool used while it sampled, all its processes together; ratios are of one CPU."""

    seconds_per_sample: float
    core_ratio: float
    pss_bytes: float
    peak_bytes: float  # of its largest process


def sample(tool: Tool, folder: Path, *, hertz: float, count: int, seconds: float) -> Sampled:
    """Have a tree of sleeping processes watched by a tool."""
    with Wrapped(tool.words(f"{1 / hertz:g}"), folder, count=count) as wrapped:
        time.sleep(_SETTLE_SECONDS + 1 / hertz)
        window = wrapped.window(seconds)
        memory = wrapped.memory()
    ratio = window.cpu_seconds / window.wall_seconds
    return Sampled(ratio / rate(tool.times(folder), hertz), ratio, memory.pss_bytes, memory.largest_peak_bytes)


def rate(times: Sequence[float], hertz: float) -> float:
    """Samples per second that were taken, those of start and end left out; of a handful of samples, what was asked."""
    inner = times[1:-1]
    return (len(inner) - 1) / (inner[-1] - inner[0]) if len(inner) > 3 else hertz


def measure(folder: Path, effort: Effort) -> str:
    """Each rate and tree by all tools in turn."""
    cells = [(cell, number) for cell in CELLS for number in range(effort.rounds if _target(*cell) else 1)]
    done: dict[tuple[float, int], dict[str, list[Sampled]]] = {}
    for (hertz, count), number in tqdm(cells, desc="sampling", disable=None):
        for tool in TOOLS[number % 2 :] + TOOLS[: number % 2]:
            place = folder / f"{hertz:g}-{count}-{number}-{tool.name}"
            one = sample(tool, place, hertz=hertz, count=count, seconds=effort.windows[hertz])
            done.setdefault((hertz, count), {}).setdefault(tool.name, []).append(one)
    return table([*_rows(done), *_memory(done[10.0, 1])])


def _rows(done: dict[tuple[float, int], dict[str, list[Sampled]]]) -> Iterator[Row]:
    for (hertz, count), by_tool in done.items():
        costs = _spreads(by_tool, lambda s: s.seconds_per_sample)
        yield Row(f"CPU time per sample, {_cell(hertz, count)}", "ms", costs, _target(hertz, count))
    for (hertz, count), by_tool in done.items():
        yield Row(f"share of one CPU, {_cell(hertz, count)}", "%", _spreads(by_tool, lambda s: s.core_ratio))


def _cell(hertz: float, count: int) -> str:
    return f"{count} process{'es' if count > 1 else ''} at {hertz:g} Hz"


def _memory(by_tool: dict[str, list[Sampled]]) -> Iterator[Row]:
    peaks = _spreads(by_tool, lambda s: s.peak_bytes)
    yield Row("peak of the largest process", "MiB", peaks, budgets.MEMORY_BYTES)
    yield Row("PSS of all its processes", "MiB", _spreads(by_tool, lambda s: s.pss_bytes))


def _spreads(by_tool: dict[str, list[Sampled]], value: Callable[[Sampled], float]) -> dict[str, Spread]:
    return {name: Spread.of([value(one) for one in ones]) for name, ones in by_tool.items()}


def _target(hertz: float, count: int) -> float | None:
    if count == budgets.BIG_TREE:
        return budgets.BIG_TREE_SECONDS
    return budgets.TICK_SECONDS[hertz] if count == 1 else None
