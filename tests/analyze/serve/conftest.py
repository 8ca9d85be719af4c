"""A server as a user starts it, and the browser of the report's tests."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.analyze.report.conftest import browser
from tests.conftest import PERFMON

__all__ = ["browser"]


@contextmanager
def serving(*words: str | Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`perfmon serve` on a free port while the block runs: its address, and the process."""
    command = [PERFMON, "serve", "--port", "0", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.match(r"(http://\S+/) shows", process.stdout.readline())
        assert found
        try:
            yield found[1], process
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
