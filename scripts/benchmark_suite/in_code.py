"""What recording costs inside pipeline code, measured by `in_code_job.py` in a process of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmark_suite import budgets
from benchmark_suite.tables import Row, Spread, table
from benchmark_suite.tools import NAMES, PYTHON
from benchmark_suite.watched_job import environment

if TYPE_CHECKING:
    from benchmark_suite.effort import Effort

TITLE = "In pipeline code"
_JOB = Path(__file__).with_name("in_code_job.py")
_OURS, _PLAIN = NAMES[0], "`json.dumps` and a write"
_QUANTITIES = (
    ("import perfmon", "ms", {_OURS: "import_seconds"}, budgets.IMPORT_SECONDS),
    ("`run.log` of one metric", "us", {_OURS: "log_seconds", _PLAIN: "plain_log_seconds"}, budgets.LOG_SECONDS),
    ("`run.timed`, per batch", "us", {_OURS: "timed_seconds"}, budgets.TIMED_SECONDS),
)


def measure(folder: Path, effort: Effort) -> str:
    """Several processes, each of which times many calls."""
    told = []
    for number in tqdm(range(3 if effort.is_quick else 9), desc="in code", disable=None):
        place = folder / str(number)
        place.mkdir(parents=True)
        words: list[str | Path] = [PYTHON, "-P", _JOB]
        done = subprocess.run(words, cwd=place, env=environment(), capture_output=True, text=True, check=True)
        told.append(json.loads(done.stdout))
    rows = [
        Row(what, unit, {name: Spread.of([one[key] for one in told]) for name, key in keys.items()}, target)
        for what, unit, keys, target in _QUANTITIES
    ]
    return table(rows, names=[_OURS, _PLAIN])
