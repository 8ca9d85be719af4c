"""What it takes to draw: beside the tools that draw, and all of perfmon's own plots."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmark_suite import budgets, studies
from benchmark_suite.commands import Done, looked_at, timed
from benchmark_suite.long_records import duct_usage, mprof_record
from benchmark_suite.peers import BIN, PERFMON
from benchmark_suite.tables import Row, Spread, table
from benchmark_suite.tools import NAMES
from perfmon.cli.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmark_suite.effort import Effort

    Words = Sequence[str | Path]

TITLE = "Drawing"
OURS = NAMES[0]
_STUDY_TICKS = round(studies.TOTAL_SECONDS)  # one a second
_SLOW = "con-duct"  # it takes half a minute for a million samples: one round


def measure(folder: Path, effort: Effort) -> str:
    """One curve of many samples by whoever draws, then what perfmon draws of the synthetic study."""
    rounds = 1 if effort.is_quick else 3
    count, commands = _one_curve(folder, effort)
    seconds: dict[str, list[float]] = {}
    for name in tqdm([*commands] * rounds, desc=f"drawing {count:,} samples", disable=None):
        if name != _SLOW:
            seconds.setdefault(name, []).append(timed(commands[name]))
    once = {name: looked_at(words) for name, words in tqdm(commands.items(), desc="memory", disable=None)}
    spreads = {name: Spread.of(seconds.get(name, [done.seconds])) for name, done in once.items()}
    pace = None if effort.is_quick else spreads["mprof"].median / budgets.MPROF_MILLION_SECONDS
    rows = [
        Row(f"one plot of {count:,} samples", "s", spreads, budgets.MILLION_SECONDS, pace),
        Row("its memory", "MiB", _peaks(once), budgets.MILLION_BYTES),
        *(row._replace(pace=pace) if row.unit in ("s", "ms") else row for row in _own(folder, rounds, effort)),
    ]
    return table(rows, names=[OURS, *(name for name in NAMES if name in once and name != OURS)])


def _one_curve(folder: Path, effort: Effort) -> tuple[int, dict[str, Words]]:
    run = studies.run_of(studies.of_ticks(_ticks(effort)), "training", "bielik12")
    count = studies.ticks_in(run)
    duct, mprof = duct_usage(folder / "duct-usage.jsonl", count), mprof_record(folder / "samples.dat", count)
    return count, {
        OURS: _plot(run, folder / "one", "memory_usage_training"),
        "mprof": [BIN / "mprof", "plot", "-o", folder / "mprof.png", mprof],
        _SLOW: [BIN / "con-duct", "plot", "-o", folder / "duct.png", duct],
    }


def _ticks(effort: Effort) -> int:
    return _STUDY_TICKS if effort.is_quick else studies.TEN_MILLION


def _own(folder: Path, rounds: int, effort: Effort) -> Iterator[Row]:
    study = studies.of_ticks(_STUDY_TICKS)
    everything = _plot(study, folder / "all")
    long = _plot(studies.of_ticks(_ticks(effort)), folder / "all")
    seconds, long_seconds = _in_turn([everything, long], rounds, "all plots")
    one = _plot(study, folder / "all", "memory_usage_training")
    two = _plot(study, folder / "all", "inference_comparison_bielik45")
    quick: list[Words] = [one, two, [PERFMON, "--help"], [PERFMON, "ls", studies.of_runs(1000)]]
    one_seconds, two_seconds, help_seconds, *listed = _in_turn(
        quick if "ls" in VERBS else quick[:-1], 2 * rounds + 1, "short commands"
    )
    shutil.rmtree(folder / "all")
    yield _row(f"all plots of {_STUDY_TICKS:,} ticks in 8 runs", "s", seconds, budgets.STUDY_SECONDS)
    yield Row("their memory", "MiB", _peaks({OURS: looked_at(everything)}), budgets.STUDY_BYTES)
    ratios = [after / before for before, after in zip(seconds, long_seconds, strict=True)]
    yield _row(f"all plots of {_ticks(effort):,} ticks", "s", long_seconds, None)
    yield _row("their time, of the others'", "%", ratios, budgets.GROWTH_RATIO)
    yield _row("`perfmon plot --only` one, of the study", "s", one_seconds, budgets.ONE_SECONDS)
    yield _row("the same, `inference_comparison`", "s", two_seconds, budgets.COMPARISON_SECONDS)
    yield _row("`perfmon --help`", "ms", help_seconds, budgets.HELP_SECONDS)
    for some in listed:
        yield _row("`perfmon ls` of 1,000 runs", "ms", some, budgets.LIST_SECONDS)


def _plot(runs: Path, folder: Path, *only: str) -> Words:
    return [PERFMON, "plot", runs, "-o", folder, *(word for name in only for word in ("--only", name))]


def _in_turn(commands: Sequence[Words], rounds: int, what: str) -> list[list[float]]:
    """Seconds of each command, all taking turns."""
    for words in commands:
        timed(words)
    done = [[timed(words) for words in commands] for _ in tqdm(range(rounds), desc=what, disable=None)]
    return [list(one) for one in zip(*done, strict=True)]


def _row(what: str, unit: str, seconds: Sequence[float], target: float | None) -> Row:
    return Row(what, unit, {OURS: Spread.of(seconds)}, target)


def _peaks(done: dict[str, Done]) -> dict[str, Spread]:
    return {name: Spread.of([one.peak_bytes]) for name, one in done.items()}
