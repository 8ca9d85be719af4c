"""The tools: how each wraps a command, and when it says that it took its samples."""

from __future__ import annotations

import csv
import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow.parquet as pq

from benchmark_suite.peers import BIN, PERFMON

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
JOB = "./job"


class Tool(NamedTuple):
    """One tool: the words that wrap `./job` at an interval in seconds, and what it left in its folder.

    `times` are those of its samples in seconds, since whatever moment; `files` those that its samples lie in.
    """

    name: str
    words: Callable[[str], list[str | Path]]
    times: Callable[[Path], list[float]]
    files: str


def _perfmon(interval: str) -> list[str | Path]:
    return [PERFMON, "run", "--quiet", "--interval", interval, "--", JOB]


def _perfmon_times(folder: Path) -> list[float]:
    (job,) = folder.glob("runs/*/job")
    times: list[float] = pq.read_table(job, columns=["t"])["t"].to_pylist()
    return sorted(times)


def _forty(interval: str) -> list[str | Path]:
    return [BIN / "python", HERE / "psutil_baseline.py", interval, "samples.jsonl", JOB]


def _forty_times(folder: Path) -> list[float]:
    return [json.loads(line)["time"] for line in (folder / "samples.jsonl").open()]


def _psrecord(interval: str) -> list[str | Path]:
    options = ["--interval", interval, "--include-children", "--include-io", "--log", "samples.log"]
    return [BIN / "psrecord", f"exec {JOB}", *options]


def _psrecord_times(folder: Path) -> list[float]:
    return [float(line.split()[0]) for line in (folder / "samples.log").open() if not line.startswith("#")]


def _mprof(interval: str) -> list[str | Path]:
    return [BIN / "mprof", "run", "--include-children", "--interval", interval, "--output", "samples.dat", JOB]


def _mprof_times(folder: Path) -> list[float]:
    return [float(line.split()[2]) for line in (folder / "samples.dat").open() if line.startswith("MEM")]


def _duct(interval: str) -> list[str | Path]:
    pace = ["--sample-interval", interval, "--report-interval", interval]
    return [BIN / "con-duct", "run", "-q", "--fail-time", "0", "-c", "none", *pace, "-p", "duct-", JOB]


def _duct_times(folder: Path) -> list[float]:
    stamps = [json.loads(line)["timestamp"] for line in (folder / "duct-usage.jsonl").open()]
    return [datetime.datetime.fromisoformat(stamp).timestamp() for stamp in stamps]


def _tracker(interval: str) -> list[str | Path]:
    return [BIN / "python", HERE / "with_resource_tracker.py", interval, JOB]


def _tracker_times(folder: Path) -> list[float]:
    with (folder / "process.csv").open(newline="") as file:
        return [float(row["timestamp"]) for row in csv.DictReader(file)]


PERFMON_TOOL = Tool("perfmon", _perfmon, _perfmon_times, "runs/*/*/*.parquet")
TOOLS = (
    PERFMON_TOOL,
    Tool("forty lines", _forty, _forty_times, "samples.jsonl"),
    Tool("psrecord", _psrecord, _psrecord_times, "samples.log"),
    Tool("mprof", _mprof, _mprof_times, "samples.dat"),
    Tool("con-duct", _duct, _duct_times, "duct-usage.jsonl"),
    Tool("resource-tracker", _tracker, _tracker_times, "*.csv"),
)
NAMES = tuple(tool.name for tool in TOOLS)
PYTHON = Path(sys.executable)
