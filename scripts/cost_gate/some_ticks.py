"""Samples three processes so many times, on a clock that stands in for time: `some_ticks.py TICKS`.

Sources that have a process of their own are left out: when they answer depends on the machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from perfmon.collector import Target
from perfmon.collectors import COLLECTORS
from perfmon.linux.process_tree import Tree
from perfmon.recorder.sampler import Sampler
from perfmon.store.run_clock import Clock
from perfmon.store.run_folder import create
from perfmon.store.run_json import Labels
from perfmon.store.segments import Segments

_BEGIN_NANOSECONDS = 1_767_600_000 * 10**9


class Seconds:
    """Time that moves when it is told to, by a second."""

    def __init__(self) -> None:
        self.passed = 0

    def monotonic(self) -> float:
        """Seconds that have passed."""
        return float(self.passed)

    def wall(self) -> int:
        """Nanoseconds since 1970."""
        return _BEGIN_NANOSECONDS + self.passed * 10**9


def main() -> None:
    """Start two processes, and sample them and ourselves."""
    command = ["sleep", "600"]
    others = [subprocess.Popen(command) for _ in range(2)]
    with tempfile.TemporaryDirectory() as folder:
        sample(folder, int(sys.argv[1]))
    for other in others:
        other.kill()
        other.wait()


def sample(folder: str, ticks: int) -> None:
    """Take so many ticks, as a recorder does."""
    begun = create(folder, Labels(stage="gate"), {}, command=[], interval=1.0, folders=[], gpus="none")
    seconds = Seconds()
    tree = Tree(os.getpid(), include_top=True)
    target = Target(tree=tree, folders=(), plots=(), begin_time=0.0, run_folder=begun.folder, gpus="none")
    kinds = [kind for kind in COLLECTORS if not kind.can_hang]
    segments = Segments(begun, begun.constants())
    sampler = Sampler(kinds, target, segments, Clock(0.0, seconds.monotonic, seconds.wall))
    for _ in range(ticks):
        seconds.passed += 1
        sampler.sample(0.0)
    segments.close()


if __name__ == "__main__":
    main()
