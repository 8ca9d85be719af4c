"""What it takes to seal the journals of a run that was left behind."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from benchmark_suite.commands import looked_at
from benchmark_suite.peers import PERFMON, ROOT
from benchmark_suite.tools import PYTHON
from benchmark_suite.watched_job import environment

if TYPE_CHECKING:
    from pathlib import Path

_LEAVE = ROOT / "scripts" / "cost_gate" / "left_behind.py"


def sealed(folder: Path, ticks: int) -> tuple[float, float]:
    """Milliseconds to seal a made-up run of so many ticks, and MiB of memory."""
    subprocess.run([PYTHON, _LEAVE, folder, str(ticks)], env=environment(), check=True)
    done = looked_at([PERFMON, "seal", folder])
    return 1e3 * done.seconds, done.peak_bytes / 2**20
