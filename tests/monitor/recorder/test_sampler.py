"""What a tick costs, counted in calls to the kernel and of functions, which nothing else on the machine changes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perfmon.collector import Target
from perfmon.collectors.host import Host
from perfmon.collectors.job import Job
from perfmon.linux import procfs
from perfmon.linux.process_tree import Tree
from perfmon.recorder.sampler import Sampler
from perfmon.store import run_clock
from perfmon.store.run_folder import create
from perfmon.store.run_json import Labels
from perfmon.store.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Iterator

TICKS = 5
MORE = 20
PARENT = "import subprocess as s, sys; [s.Popen(['sleep', '60']) for _ in range({})]; print(1, flush=True); input()"


@contextmanager
def sleeping(children: int) -> Iterator[int]:
    """The pid of a process with so many children, none of which does anything."""
    words = [sys.executable, "-c", PARENT.format(children)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        yield parent.pid
        os.killpg(parent.pid, 9)


def kernel_calls() -> Counter[str]:
    """This process's reads and writes until now (proc(5))."""
    lines = procfs.read("/proc/self/io").decode().splitlines()
    return Counter({name: int(count) for name, count in (line.split(": ") for line in lines[2:4])})


def counts(folder: Path, children: int) -> Counter[str]:
    """`syscr`, `syscw`, opened files, and calls of functions in a few ticks, once all that is kept is there."""
    run = create(str(folder), Labels(), {}, command=["x"], interval=1.0, folders=[])
    counted: Counter[str] = Counter()
    with sleeping(children) as top:
        target = Target(Tree(top, include_top=True), (), (), 0.0, run.folder)
        sampler = Sampler((Job, Host), target, Segments(run, {}), run_clock.of_run(run.facts))
        for _ in range(3):
            sampler.sample(0.0)
        before = kernel_calls()
        for _ in range(TICKS):
            sampler.sample(0.0)
        kernel = kernel_calls() - before
        sys.setprofile(lambda _, event, called: counted.update([event, getattr(called, "__name__", "")]))
        for _ in range(TICKS):
            sampler.sample(0.0)
        sys.setprofile(None)
    return kernel + Counter(calls=counted["call"] + counted["c_call"], opened=counted["open"])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Counter[str], Counter[str]]:
    """What is counted for a process alone, and for one with children."""
    folder = tmp_path_factory.mktemp("counts")
    return counts(folder / "alone", 0), counts(folder / "many", MORE)


def test_a_process_at_rest_costs_three_reads(both: tuple[Counter[str], Counter[str]]) -> None:
    """Of each process `stat`, `io` and `children` are read at every tick, and nothing is opened."""
    alone, many = both

    assert many["syscr"] - alone["syscr"] == 3 * MORE * TICKS
    assert many["opened"] == alone["opened"]


def test_a_tick_is_written_at_once(both: tuple[Counter[str], Counter[str]]) -> None:
    """One write takes all rows of a tick, however large the tree."""
    assert [one["syscw"] for one in both] == [TICKS, TICKS]


def test_a_process_at_rest_costs_few_calls(both: tuple[Counter[str], Counter[str]]) -> None:
    """Functions called for each process and tick, Python's and C's: 19 when this was written."""
    alone, many = both

    assert 10 < (many["calls"] - alone["calls"]) / MORE / TICKS < 22
