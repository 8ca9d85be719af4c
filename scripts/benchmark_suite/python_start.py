"""What a Python process costs that runs a few lines: its CPU time and its peak memory."""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

_REPORT = "import time; print(time.process_time(), open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"


class Cost(NamedTuple):
    """CPU seconds from the start of the process, and the most bytes it had in memory (VmHWM)."""

    cpu_seconds: float
    peak_bytes: float


def cost(code: str) -> Cost:
    """The cost of a new Python that runs this code.

    The process reads its own mark: what wait4(2) reports is inherited from the parent at fork.

    Raises:
        subprocess.CalledProcessError: the code failed.
    """
    words = [sys.executable, "-c", f"{code}\n{_REPORT}"]
    seconds, kib = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return Cost(float(seconds), int(kib) * 1024)
