"""What recording costs inside pipeline code, measured by `in_code_job.py` in a process of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmark_suite import budgets
from benchmark_suite.rows import Row, Spread, table
from benchmark_suite.tools import NAMES, PYTHON
from benchmark_suite.wrapped import environment

if TYPE_CHECKING:
    from benchmark_suite.effort import Effort

TITLE = "In pipeline code"
_JOB = Path(__file__).with_name("in_code_job.py")
_QUANTITIES = (
    ("import perfmon", "ms", "import_seconds", budgets.IMPORT_SECONDS),
    ("`run.log` of one metric", "us", "log_seconds", budgets.LOG_SECONDS),
    ("`run.timed`, per batch", "us", "timed_seconds", budgets.TIMED_SECONDS),
)
_LOG = 1
_PLAIN = "`json.dumps` and a write"


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
        Row(what, unit, {NAMES[0]: Spread.of([one[key] for one in told])}, target)
        for what, unit, key, target in _QUANTITIES
    ]
    plain = {_PLAIN: Spread.of([one["plain_log_seconds"] for one in told])}
    rows[_LOG] = rows[_LOG]._replace(values={**rows[_LOG].values, **plain})
    return table(rows, names=[NAMES[0], _PLAIN])
