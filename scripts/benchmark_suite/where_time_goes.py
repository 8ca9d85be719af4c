"""Where the time goes, and the least that it could take."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmark_suite import sampling, studies
from benchmark_suite.commands import timed
from benchmark_suite.peers import PERFMON
from benchmark_suite.stacks import package, profiled, shares, source
from benchmark_suite.tables import Spread, plain_table
from benchmark_suite.tools import PERFMON_TOOL, PYTHON
from benchmark_suite.watched_job import environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmark_suite.effort import Effort

TITLE = "Where the rest goes, and the floor"
_HERE = Path(__file__).parent
_COUNTS = (1, 10, 100)
_HERTZ = 10.0
_STUDY_TICKS = 221_220
_WAITING = "_record.<locals>.ended "  # until the next tick is due; py-spy takes it for work


def measure(folder: Path, effort: Effort) -> str:
    """Profiles of a recorder and of a plotter, then each beside its floor."""
    folder.mkdir(parents=True, exist_ok=True)
    texts: dict[str, Callable[[Path, Effort], str]] = {
        "A tick, by the file in which its CPU time is spent:": _tick_profile,
        "All plots of the study, by package:": _plot_profile,
        "A tick at 10 Hz, and its floor:": _tick_floor,
        "One plot of the study, and its floor:": _plot_floor,
    }
    steps = tqdm(texts.items(), desc="profile", disable=None)
    return "\n".join(f"{text}\n\n{part(folder, effort)}" for text, part in steps)


def _tick_profile(folder: Path, effort: Effort) -> str:
    seconds = "2" if effort.is_quick else "10"
    stacks = profiled(folder, [PERFMON, "run", "--quiet", "--interval", "2ms", "--", "sleep", seconds])
    ticks = [one for one in stacks if one.has("Recorder.record ") and not one.frames[-1].startswith(_WAITING)]
    return shares(ticks, source)


def _plot_profile(folder: Path, effort: Effort) -> str:
    del effort
    return shares(profiled(folder, [PERFMON, "plot", studies.of_ticks(_STUDY_TICKS), "-o", folder / "plots"]), package)


def _tick_floor(folder: Path, effort: Effort) -> str:
    rows = [["perfmon, ms of CPU"], ["one `pread` per process, ms of CPU"]]
    for count in _COUNTS:
        window = effort.windows[_HERTZ]
        sampled = sampling.sample([PERFMON_TOOL], folder / f"{count}", hertz=_HERTZ, count=count, seconds=window)
        rows[0].append(f"{1e3 * sampled[PERFMON_TOOL.name].seconds_per_sample:.2f}")
        rows[1].append(f"{1e3 * _floor(str(_HERE / 'tick_floor.py'), str(count)):.4f}")
    return plain_table(["processes", *map(str, _COUNTS)], rows)


def _plot_floor(folder: Path, effort: Effort) -> str:
    study = studies.of_ticks(_STUDY_TICKS)
    words: list[str | Path] = [PERFMON, "plot", study, "-o", folder / "one", "--only", "memory_usage_training"]
    floor: list[str | Path] = [PYTHON, _HERE / "plot_floor.py", folder / "floor.png"]
    rounds = [(timed(words), timed(floor)) for _ in range(2 if effort.is_quick else 7)]
    ours, least = (Spread.of(seconds).median for seconds in zip(*rounds, strict=True))
    rows = [["`perfmon plot --only memory_usage_training`", f"{ours:.2f}"], ["bare matplotlib", f"{least:.2f}"]]
    return plain_table(["", "s"], rows)


def _floor(*words: str) -> float:
    done = subprocess.run([PYTHON, *words], env=environment(), capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout))
