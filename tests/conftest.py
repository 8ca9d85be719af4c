"""What several tests need: a folder to work in, and perfmon as its users start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import duckdb
import pytest

# nohup, or a shell that runs the tests in the background, has these ignored, and perfmon leaves ignored what was.
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

PERFMON = str(Path(sys.executable).with_name("perfmon"))
# Without pip's starter, which is a shell script where the path has a blank, and does what shells do to signals.
WITHOUT_STARTER = [sys.executable, "-m", "perfmon"]


class Perfmon(Protocol):
    """Runs the installed command in the test's folder."""

    def __call__(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `perfmon WORDS` with these environment variables added, and return how it went."""


@pytest.fixture
def perfmon(tmp_path: Path) -> Perfmon:
    """The `perfmon` command, run in an empty folder of the test's own."""

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PERFMON_")} | variables
        return subprocess.run(
            [PERFMON, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    return run


@pytest.fixture
def only_run(tmp_path: Path) -> OnlyRun:
    """The single run folder below the test's `runs`."""

    def find() -> Path:
        (folder,) = (tmp_path / "runs").iterdir()
        return folder

    return find


class OnlyRun(Protocol):
    """Finds the one run folder that a test made."""

    def __call__(self) -> Path:
        """The folder."""


def tables(runs: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection in which each table of the run, or of all runs in a folder, is a view of its name."""
    connection = duckdb.connect()
    pattern = "*" if (runs / "run.json").exists() else "*/*"
    for name in {path.name for path in runs.glob(pattern) if any(path.glob("*.parquet"))}:
        files = str(runs / pattern[:-1] / name / "*.parquet")
        connection.execute(f"create view {name} as select * from read_parquet('{files}', union_by_name=true)")
    return connection
