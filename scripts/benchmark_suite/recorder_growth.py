"""What a tick of the recorder costs by what it has to look at."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from benchmark_suite.peers import CACHE, PERFMON, ROOT
from benchmark_suite.sampling import rate
from benchmark_suite.tools import JOB, PERFMON_TOOL
from benchmark_suite.watched_job import Wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HERTZ = 10.0
_SETTLE_SECONDS, _WINDOW_SECONDS = 1.0, 2.0
_DRIVER = ROOT / "tests" / "nvml" / "driver"
_LIBRARY = "libnvidia-ml.so.1"


def by_processes(folder: Path, count: int) -> tuple[float, float]:
    """Milliseconds of CPU per tick, and MiB, for so many sleeping processes."""
    return _watched(folder, count, {})


def by_gpus(folder: Path, count: int) -> tuple[float, float]:
    """The same of one process and so many GPUs, which the tests' imitation of the driver's library plays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scenario = folder.with_suffix(".scenario")
    scenario.write_text(f"system gpus {count}\ngpu * total 80e9\ngpu * used 1e9\ngpu * busy 50\n")
    return _watched(folder, 1, {"LD_LIBRARY_PATH": str(_driver()), "PERFMON_TEST_NVML": str(scenario)})


def by_files(folder: Path, count: int) -> tuple[float, float]:
    """Milliseconds per scan of a folder of so many files, and MiB of the process that scans."""
    files = folder.with_name(f"{folder.name}-watched")
    for number in range(count):
        part = files / str(number // 1000)
        if number % 1000 == 0:
            part.mkdir(parents=True)
        (part / f"{number}.pt").touch()
    words: list[str | Path] = [PERFMON, "run", "--quiet", "--interval", "0.1", "--disk", files, "--", JOB]
    with Wrapped(words, folder) as wrapped:
        time.sleep(_SETTLE_SECONDS + _WINDOW_SECONDS)
        peak = wrapped.memory().largest_peak_bytes
    (rows,) = folder.glob("runs/*/sampler")
    audit = pq.read_table(rows, columns=["source", "duration_seconds"]).to_pylist()
    took = [row["duration_seconds"] for row in audit if row["source"] == "folder"]
    shutil.rmtree(files)
    return 1e3 * statistics.median(took), peak / 2**20


def _watched(folder: Path, count: int, variables: Mapping[str, str]) -> tuple[float, float]:
    with Wrapped(PERFMON_TOOL.words(f"{1 / _HERTZ:g}"), folder, count=count, variables=variables) as wrapped:
        time.sleep(_SETTLE_SECONDS)
        window = wrapped.window(_WINDOW_SECONDS)
        peak = wrapped.memory().largest_peak_bytes
    per_second = window.cpu_seconds / window.wall_seconds
    return 1e3 * per_second / rate(PERFMON_TOOL.times(folder), _HERTZ), peak / 2**20


def _driver() -> Path:
    """The folder of the imitation, compiled if need be; it needs a C compiler.

    Raises:
        subprocess.CalledProcessError: it does not compile.
    """
    folder = CACHE / "driver"
    library, sources = folder / _LIBRARY, sorted(_DRIVER.glob("*.c"))
    if not library.exists() or library.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        folder.mkdir(parents=True, exist_ok=True)
        options = ["-std=gnu11", "-O1", "-shared", "-fPIC", "-fvisibility=hidden"]
        command: list[str | Path] = ["cc", *options, "-o", library, *sources, "-lm"]
        subprocess.run(command, check=True)
    return folder
