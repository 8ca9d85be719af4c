"""What a tick costs in CPU time, by the size of the process tree and the rate: of the sampler, and of all of perfmon.

The cost of a tick is the CPU time between two ticks far apart, divided by the ticks between them; everything is in it:
host, job and folders, writing, waking up. It depends on what else the machine does, so a loop that only asks psutil for
the machine's counters is measured at the same rate just before, as a yardstick.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, NamedTuple

import psutil
from tqdm import tqdm

from benchmark_suite import processes
from benchmark_suite.peers import PERFMON
from benchmark_suite.tables import plain_table
from benchmark_suite.watched_job import Wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "What a tick is made of"
_SETTLE_SECONDS = 1.0
_HEADS = ("processes", "Hz", "sampler, ms a tick", "all of perfmon, ms", "psutil alone, ms", "sampler's peak, MiB")


class Ticks(NamedTuple):
    """CPU seconds a tick, of the sampler and of all of perfmon's processes, and the sampler's peak in bytes."""

    sampler_seconds: float
    all_seconds: float
    peak_bytes: float


def measure(folder: Path, effort: Effort) -> str:
    """Trees of each size at each rate, one after the other."""
    counts, rates = ((1, 10), (10, 100)) if effort.is_quick else ((1, 10, 100, 200, 500), (1, 10, 100))
    seconds = min(effort.busy_seconds, 5.0)
    rows = []
    for count, hertz in tqdm([(count, hertz) for count in counts for hertz in rates], desc="ticks", disable=None):
        alone = yardstick(hertz, seconds)
        taken = ticks(folder / f"{count}-{hertz}", count, hertz, seconds)
        costs = [f"{1e3 * cost:.2f}" for cost in (taken.sampler_seconds, taken.all_seconds, alone)]
        rows.append([f"{count}", f"{hertz}", *costs, f"{taken.peak_bytes / 2**20:.1f}"])
    return plain_table(_HEADS, rows)


def yardstick(hertz: float, seconds: float) -> float:
    """CPU seconds that psutil takes for the machine's counters, at this rate."""
    rounds = max(3, int(seconds * hertz / 3))
    begin = time.thread_time()
    for _ in range(rounds):
        time.sleep(1 / hertz)
        psutil.cpu_times(), psutil.virtual_memory(), psutil.net_io_counters(), psutil.disk_io_counters()
    return (time.thread_time() - begin) / rounds


def ticks(folder: Path, count: int, hertz: float, seconds: float) -> Ticks:
    """The cost of ticks of a tree of so many processes, over some seconds and five ticks at least."""
    words: list[str | Path] = [
        PERFMON,
        "run",
        "--quiet",
        "--interval",
        f"{1 / hertz:g}",
        "--gpu",
        "none",
        "--",
        "./job",
    ]
    with Wrapped(words, folder, count=count) as wrapped:
        time.sleep(_SETTLE_SECONDS + 1 / hertz)
        sampler = _sampler(folder)
        before = [processes.cpu_seconds([sampler]), wrapped.cpu_seconds(), _written(folder)]
        time.sleep(max(seconds, 5 / hertz))
        after = [processes.cpu_seconds([sampler]), wrapped.cpu_seconds(), _written(folder)]
        peak = processes.memory([sampler]).largest_peak_bytes
    of_sampler, of_all, done = (then - now for now, then in zip(before, after, strict=True))
    return Ticks(of_sampler / done, of_all / done, peak)


def _sampler(folder: Path) -> int:
    """The process that samples."""
    (facts,) = folder.glob("runs/*/run.json")
    pid: int = json.loads(facts.read_text())["recorder"]["pid"]
    return pid


def _written(folder: Path) -> int:
    """Ticks in the journals so far."""
    return sum(path.read_bytes().count(b',"job",{') for path in folder.glob("runs/*/journal/*"))
