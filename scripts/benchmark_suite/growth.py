"""What grows with what: the recorder with processes, GPUs and files, sealing with length, plots with rows and runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmark_suite import growth_figure, recorder_growth, studies
from benchmark_suite.commands import looked_at
from benchmark_suite.growth_figure import Curve
from benchmark_suite.peers import PERFMON
from benchmark_suite.sealing import sealed
from benchmark_suite.tables import plain_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "What grows with what"


def measure(folder: Path, effort: Effort) -> str:
    """All curves, each as a row of a table and as a panel of the picture."""
    done = []
    for curve in _curves(effort):
        if effort.is_quick:
            curve = curve._replace(xs=curve.xs[:2])  # noqa: PLW2901 - a shorter one of the same
        xs = tqdm(curve.xs, desc=f"{curve.what} by {curve.by}", disable=None)
        done.append((curve, [curve.measure(folder / f"{curve.by}-{x}", x) for x in xs]))
    if not effort.is_quick:
        growth_figure.draw(done)
    return "\n".join(_table(curve, values) for curve, values in done)


def _curves(effort: Effort) -> Iterator[Curve]:
    tick, scan = "ms of CPU per tick", "ms per scan of a folder"
    sampler, memory = "peak of the sampler, MiB", "memory, MiB"
    processes, files, lengths = (
        (1, 10, 100, 200, 500, 1000),
        (10, 100, 1000, 10_000, 50_000),
        (10, 100, 1000, 10_000),
    )
    yield Curve("A tick", "processes", processes, recorder_growth.by_processes, (tick, sampler))
    yield Curve("A tick", "GPUs", (0, 1, 2, 4, 8, 16), recorder_growth.by_gpus, (tick, sampler))
    yield Curve("A scan", "files", files, recorder_growth.by_files, (scan, sampler))
    yield Curve("Sealing", "ticks", (*lengths, 50_000), sealed, ("ms to seal", memory))
    longest = () if effort.is_quick else (2_212_200, studies.TEN_MILLION)
    for what, counts, study in (
        ("ticks", (3_687, 22_122, 221_220, *longest), studies.of_ticks),
        ("runs", (8, 40, 200), studies.of_runs),
        ("models", (2, 4, 8, 16), studies.of_models),
    ):
        yield Curve("All plots", what, counts, partial(_plotted, study), ("s to plot", memory))


def _plotted(study: Callable[[int], Path], folder: Path, count: int) -> tuple[float, float]:
    done = looked_at([PERFMON, "plot", study(count), "-o", folder])
    return done.seconds, done.peak_bytes / 2**20


def _table(curve: Curve, values: Sequence[tuple[float, float]]) -> str:
    heads = [f"{curve.what}, by {curve.by}", *(f"{x:,}" for x in curve.xs)]
    lines = [[head, *(_digits(value[index]) for value in values)] for index, head in enumerate(curve.heads)]
    return plain_table(heads, lines)


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
