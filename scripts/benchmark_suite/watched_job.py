"""A job wrapped by a tool, watched from outside."""

from __future__ import annotations

import os
import resource
import select
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from benchmark_suite import processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from benchmark_suite.processes import Memory

_FIRST = "#!/bin/sh\necho >started\n"
_HOLD = """#!/bin/sh
n=1; pids=
while [ $n -lt $PROCESSES ]; do sleep 3600 & pids="$pids $!"; n=$((n+1)); done
n=0
while [ $n -lt $BURNERS ]; do sh -c 'while :; do :; done' & pids="$pids $!"; n=$((n+1)); done
n=0
while [ $n -lt $LOOPS ]; do (while :; do sleep 1.$((n % 10)); done) & pids="$pids $!"; n=$((n+1)); done
echo $$ >started
read word <go
[ -z "$pids" ] || kill $pids
"""
_PATIENCE_SECONDS = 30.0
_HIDDEN = ("PERFMON_", "PYTHON", "DUCT_")


class Whole(NamedTuple):
    """How long a wrapped job took: to its first instruction, to the end of the tool, and in CPU time of all."""

    first_seconds: float
    wall_seconds: float
    cpu_seconds: float


class Window(NamedTuple):
    """What the tool used of CPU in a time, without the job."""

    cpu_seconds: float
    wall_seconds: float


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a measured command: ours, but for those that change what is measured."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_HIDDEN)}
    return kept | dict(variables or {})


def whole(words: Sequence[str | Path], folder: Path) -> Whole:
    """Run a tool around a job that says that it has begun, and ends."""
    _make(folder, _FIRST)
    started = os.open(folder / "started", os.O_RDWR | os.O_NONBLOCK)
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with _start(words, folder, environment()) as process:
        _wait(started)
        first = time.perf_counter() - begin
        process.wait()
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    os.close(started)
    return Whole(first, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _start(words: Sequence[str | Path], folder: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    null = subprocess.DEVNULL
    return subprocess.Popen(words, cwd=folder, env=variables, stdout=null, stderr=null)


class Wrapped:
    """A tool around a job of so many sleeping processes, and others that keep a CPU busy each.

    `loops` more processes have one follow the other, of which each lives for one to two seconds.
    """

    def __init__(
        self,
        words: Sequence[str | Path],
        folder: Path,
        *,
        count: int = 1,
        burners: int = 0,
        loops: int = 0,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        _make(folder, _HOLD)
        self._started, self._go = (os.open(folder / name, os.O_RDWR) for name in ("started", "go"))
        shape = {"PROCESSES": str(count), "BURNERS": str(burners), "LOOPS": str(loops)}
        self._process = _start(words, folder, environment({**(variables or {}), **shape}))
        _wait(self._started)
        self.job = int(os.read(self._started, 100))

    def __enter__(self) -> Wrapped:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.write(self._go, b"end\n")
        self._process.wait()
        os.close(self._started)
        os.close(self._go)

    def pids(self) -> list[int]:
        """The tool's own processes."""
        return processes.below(self._process.pid, without=self.job)

    def window(self, seconds: float) -> Window:
        """What the tool uses from now on for so long."""
        before, begin = self.cpu_seconds(), time.perf_counter()
        time.sleep(seconds)
        wall = time.perf_counter() - begin
        return Window(self.cpu_seconds() - before, wall)

    def cpu_seconds(self) -> float:
        """What the tool has used of CPU since its start."""
        return processes.cpu_seconds(self.pids())

    def memory(self) -> Memory:
        """What the tool has in memory."""
        return processes.memory(self.pids())


def _make(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    job = folder / "job"
    job.write_text(text)
    job.chmod(0o755)
    for name in ("started", "go"):
        os.mkfifo(folder / name)


def _wait(started: int) -> None:
    if not select.select([started], [], [], _PATIENCE_SECONDS)[0]:
        raise TimeoutError(f"the job did not begin within {_PATIENCE_SECONDS:g} s")
