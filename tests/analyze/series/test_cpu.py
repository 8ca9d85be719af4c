"""CPU of the job and of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.series import cpu
from tests.analyze.run_factory import job_rows
from tests.analyze.series.measuring import HOST, values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun


def test_cpu_of_the_job_and_of_the_host(make_run: MakeRun, runs_folder: Path) -> None:
    """The scope says whose CPU it is."""
    make_run(tables={"job": job_rows([1, 1, 1], cpu_seconds=1.0, cpus=2), "host": HOST})

    assert values(runs_folder, cpu.cpu_percent)[1:] == [50.0, 50.0]
    assert values(runs_folder, cpu.cpu_percent, scope="host")[1:] == [75.0, 75.0]
