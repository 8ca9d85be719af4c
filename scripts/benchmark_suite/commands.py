"""How long a command takes, and what it has in memory at most."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from benchmark_suite import processes
from benchmark_suite.watched_job import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LOOK_SECONDS = 0.02


class Done(NamedTuple):
    """What a command took: until it had ended, and in memory at its peak, all its processes together in PSS."""

    seconds: float
    peak_bytes: float


def timed(words: Sequence[str | Path]) -> float:
    """Seconds that a command takes.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    begin = time.perf_counter()
    subprocess.run(words, env=environment(), capture_output=True, check=True)
    return time.perf_counter() - begin


def looked_at(words: Sequence[str | Path]) -> Done:
    """Run a command and look at its memory every 20 ms, which slows it a little.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    peak, begin = 0, time.perf_counter()
    with subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            peak = max(peak, processes.memory(processes.below(process.pid)).pss_bytes)
            time.sleep(_LOOK_SECONDS)
        seconds = time.perf_counter() - begin
        if process.returncode:
            assert process.stderr is not None
            raise subprocess.CalledProcessError(process.returncode, process.args, stderr=process.stderr.read())
    return Done(seconds, peak)
