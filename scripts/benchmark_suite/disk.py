"""How many bytes a sample takes on the disk."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmark_suite import budgets
from benchmark_suite.tables import Row, Spread, table
from benchmark_suite.tools import PERFMON_TOOL, TOOLS, Tool
from benchmark_suite.watched_job import Wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "Bytes per sample on disk"
TABLES = ("host", "job", "folder")
_FEW_SECONDS = 1.5


def measure(folder: Path, effort: Effort) -> str:
    """Perfmon over an hour's worth of ticks; the others over fewer, for theirs are lines of one length."""
    ours, rest = {}, {}
    for tool in tqdm(TOOLS, desc="disk", disable=None):
        place = folder / tool.name
        seconds = effort.disk_ticks / 100 if tool is PERFMON_TOOL else _FEW_SECONDS
        with Wrapped(tool.words("0.01"), place, count=3, burners=1):
            time.sleep(seconds)
        rest[tool.name] = Spread.of([per_sample(tool, place, tool.files)])
        if tool is PERFMON_TOOL:
            few = sum(per_sample(tool, place, f"runs/*/{name}/*.parquet") for name in TABLES)
            ours = {tool.name: Spread.of([few])}
            whole = Spread.of([per_sample(tool, place, "runs/**/*")])
    rows = [
        Row("samples", "B", rest),
        Row("host, job and one folder", "B", ours, budgets.DISK_BYTES),
        Row("the whole run folder", "B", {PERFMON_TOOL.name: whole}),
    ]
    return f"{effort.disk_ticks:,} ticks of perfmon at 100 Hz, of a tree of four processes.\n\n{table(rows)}"


def per_sample(tool: Tool, folder: Path, pattern: str) -> float:
    """Bytes of some of the files that a tool wrote, per sample."""
    return sum(path.stat().st_size for path in folder.glob(pattern)) / len(tool.times(folder))
