"""Records one of the programs, and gathers what the program, the kernel and the recorder say of it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon_analyze import load
from tests.accuracy import crowd, programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

HERE = Path(__file__).parent
GROUPS = Path("/sys/fs/cgroup")
PERFMON = Path(sys.executable).with_name("perfmon")


class Outcome(NamedTuple):
    """What is known of one run: by the program itself, by the kernel at its end, and by the recording."""

    truth: dict[str, float]
    kernel: dict[str, float]
    facts: dict[str, Any]  # run.json
    job: pd.DataFrame
    folder: pd.DataFrame
    sampler: pd.DataFrame


def record(name: str, folder: Path) -> Outcome:
    """Record a program in an empty folder.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    data = folder / "data"
    data.mkdir()
    truth, kernel = folder / "truth.json", folder / "kernel.json"
    interval = {"spiked": 1.0, "crowded": crowd.TICK_SECONDS}.get(name, programs.TICK_SECONDS)
    with _groups() as groups:
        words: list[str | Path] = [
            PERFMON,
            "run",
            "--quiet",
            "--interval",
            str(interval),
            "--runs",
            folder / "runs",
            "--disk",
            data,
        ]
        words += ["--", sys.executable, "-EsS", HERE / "launcher.py", kernel, ":".join(groups)]
        words += [HERE / "programs.py", name, truth]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PERFMON_")}
        subprocess.run(words, cwd=data, env=environment, check=True, timeout=120)
    (run,) = (folder / "runs").iterdir()
    runs = load(folder / "runs")
    return Outcome(
        truth=json.loads(truth.read_text()),
        kernel=json.loads(kernel.read_text()),
        facts=json.loads((run / "run.json").read_text()),
        job=runs.table("job"),
        folder=runs.table("folder"),
        sampler=runs.table("sampler"),
    )


@contextlib.contextmanager
def _groups() -> Iterator[list[str]]:
    """Control groups of our own for memory and CPU, where we may make some: one of version 2, or two of version 1."""
    made = []
    for controller in ("",) if (GROUPS / "cgroup.controllers").exists() else ("memory", "cpuacct"):
        group = GROUPS / controller / f"perfmon-accuracy-{os.getpid()}"
        with contextlib.suppress(OSError):
            group.mkdir()
            made.append(str(group))
    try:
        yield made
    finally:
        for path in made:
            os.rmdir(path)
