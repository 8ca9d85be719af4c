"""Long records in the formats of other tools, made up: what they draw must be as long as what perfmon draws."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def _rss(number: int) -> int:
    return 100_000_000 + number * 7919 % 50_000_000


def mprof_record(path: Path, count: int) -> Path:
    """What `mprof run` writes: a line a sample."""
    begin = _BEGIN.timestamp()
    with path.open("w") as file:
        file.write("CMDLINE python train.py\n")
        file.writelines(f"MEM {_rss(number) / 2**20:.6f} {begin + number:.4f}\n" for number in range(count))
    return path


def duct_usage(path: Path, count: int) -> Path:
    """What `con-duct run` writes of one process: a report a sample."""
    with path.open("w") as file:
        file.writelines(_report(number) for number in range(count))
    return path


def _report(number: int) -> str:
    stamp, rss = (_BEGIN + timedelta(seconds=number)).isoformat(), _rss(number)
    hours, rest = divmod(number, 3600)
    used = {"pcpu": 50.0, "pmem": 0.4, "rss": rss, "vsz": 2 * rss}
    process = used | {
        "timestamp": stamp,
        "etime": f"{hours // 24}-{hours % 24:02}:{rest // 60:02}:{rest % 60:02}",
        "stat": {"S": 1},
        "cmd": "python train.py",
    }
    report = {"timestamp": stamp, "num_samples": 1, "processes": {"4711": process}, "totals": used}
    return json.dumps(report | {"averages": used | {"num_samples": 1}}) + "\n"
