"""What it costs to wrap a job that does nothing: until it begins, and until the tool is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmark_suite import budgets
from benchmark_suite.tables import Row, Spread, table
from benchmark_suite.tools import JOB, TOOLS
from benchmark_suite.watched_job import Whole, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "Wrapping a command that does nothing"


def measure(folder: Path, effort: Effort) -> str:
    """All tools in turn, round after round; each is compared with the bare job of the same round."""
    bare: list[Whole] = []
    wrapped: dict[str, list[Whole]] = {tool.name: [] for tool in TOOLS}
    for number in tqdm(range(-1, effort.startup_rounds), desc="startup", disable=None):
        alone = whole([JOB], folder / f"{number}-bare")
        done = {tool.name: whole(tool.words("1"), folder / f"{number}-{tool.name}") for tool in TOOLS}
        if number >= 0:  # the first round warms up
            bare.append(alone)
            for name, one in done.items():
                wrapped[name].append(one)
    first, longer = _over(bare, wrapped, lambda w: w.first_seconds), _over(bare, wrapped, lambda w: w.wall_seconds)
    pace = longer["psrecord"].median / budgets.PSRECORD_WHOLE_SECONDS
    rows = [
        Row("the job starts later by", "ms", first, budgets.START_SECONDS, pace),
        Row("the whole takes longer by", "ms", longer, budgets.WHOLE_SECONDS, pace),
        Row("CPU time", "ms", _over(bare, wrapped, lambda w: w.cpu_seconds)),
        Row("the whole takes", "x", _times(bare, wrapped)),
    ]
    alone_ms = 1e3 * Spread.of([one.wall_seconds for one in bare]).median
    note = f"The bare job, a shell script that writes one line, takes {alone_ms:.1f} ms; {len(bare)} rounds."
    return f"{note}\n\n{table(rows)}"


def _over(bare: Sequence[Whole], wrapped: dict[str, list[Whole]], value: Callable[[Whole], float]) -> dict[str, Spread]:
    """By how much more than the bare job of the same round."""
    return {
        name: Spread.of([value(one) - value(alone) for one, alone in zip(ones, bare, strict=True)])
        for name, ones in wrapped.items()
    }


def _times(bare: Sequence[Whole], wrapped: dict[str, list[Whole]]) -> dict[str, Spread]:
    return {
        name: Spread.of([one.wall_seconds / alone.wall_seconds for one, alone in zip(ones, bare, strict=True)])
        for name, ones in wrapped.items()
    }
