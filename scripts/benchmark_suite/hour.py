"""An hour of real time at one sample a second: what drifts, what grows, and what the files come to."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmark_suite import budgets
from benchmark_suite.disk import TABLES, per_sample
from benchmark_suite.tables import Row, Spread, table
from benchmark_suite.ticks import evenness
from benchmark_suite.tools import NAMES, PERFMON_TOOL, TOOLS
from benchmark_suite.watched_job import Wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "An hour at 1 Hz"
_HOUR_SECONDS = 3600
_SETTLED_SECONDS = 10  # from when on memory is watched


def measure(folder: Path, effort: Effort) -> str:
    """All tools at once, each around three processes that sleep."""
    length = effort.hour_seconds
    memory: dict[str, list[float]] = {name: [] for name in NAMES}
    cpu: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        wrapped = {
            tool.name: stack.enter_context(Wrapped(tool.words("1"), folder / tool.name, count=3)) for tool in TOOLS
        }
        for second in tqdm(range(length), desc="hour", unit="s", disable=None):
            time.sleep(1.0)
            if second in (_SETTLED_SECONDS, length - 1):
                for name, one in wrapped.items():
                    memory[name].append(one.memory().largest_peak_bytes)
                    cpu[name] = one.cpu_seconds() - cpu.get(name, 0.0)
    per_second = {name: seconds / (length - 1 - _SETTLED_SECONDS) for name, seconds in cpu.items()}
    said = "" if length == _HOUR_SECONDS else f"Cut short: {length / 60:g} minutes instead of an hour.\n\n"
    return said + table(_rows(folder, length, memory, per_second))


def _rows(folder: Path, length: int, memory: dict[str, list[float]], cpu: dict[str, float]) -> list[Row]:
    drift, size = {}, {}
    for tool in TOOLS:
        place = folder / tool.name
        even = evenness(tool.times(place), 1.0)
        drift[tool.name] = Spread.of([even.drift_seconds * length / 60])
        size[tool.name] = Spread.of([per_sample(tool, place, tool.files)])
    peaks = {name: Spread.of([after]) for name, (_, after) in memory.items()}
    grown = {name: Spread.of([after - before]) for name, (before, after) in memory.items()}
    ours = sum(per_sample(PERFMON_TOOL, folder / PERFMON_TOOL.name, f"runs/*/{name}/*.parquet") for name in TABLES)
    disk = budgets.DISK_BYTES if length == _HOUR_SECONDS else None  # what is fixed in a file weighs on few ticks
    return [
        Row("CPU time per second", "ms", {name: Spread.of([ratio]) for name, ratio in cpu.items()}),
        Row("the samples take longer by", "ms", drift, budgets.DRIFT_SECONDS),
        Row("peak of the largest process", "MiB", peaks, budgets.MEMORY_BYTES),
        Row("of it grown since the first seconds", "MiB", grown),
        Row("on disk per sample", "B", size),
        Row("host, job and one folder", "B", {PERFMON_TOOL.name: Spread.of([ours])}, disk),
    ]
