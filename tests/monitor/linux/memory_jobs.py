"""Jobs that use memory, recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import PERFMON

MB = 1_000_000
EAT = "def eat(size):\n    held = bytearray(size)\n    held[::4096] = b'x' * len(held[::4096])\n    return held\n"


def record(folder: Path, script: str, interval: str = "200ms") -> dict[str, int]:
    """Record a Python job, and return its peaks from run.json."""
    code = "import os, sys, time\n" + EAT + script
    words = [PERFMON, "run", "--quiet", "--interval", interval, "--", sys.executable, "-c", code]
    subprocess.run(words, cwd=folder, check=True, timeout=60)
    (path,) = (folder / "runs").glob("*/run.json")
    peak: dict[str, int] = json.loads(path.read_text())["peak"]
    return peak
