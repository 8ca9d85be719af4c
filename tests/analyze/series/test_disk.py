"""Growth of watched folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.series import disk
from tests.analyze.run_factory import folder_rows, job_rows
from tests.analyze.series.measuring import measured, values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun


def test_disk_is_the_sum_of_folders_that_do_not_lie_in_each_other(make_run: MakeRun, runs_folder: Path) -> None:
    """A watched folder inside another one is counted there already."""
    rows = folder_rows([1, 2], path="/out") + folder_rows([1, 1], path="/out/a") + folder_rows([5, 6], path="/outer")
    make_run(tables={"folder": rows})

    assert values(runs_folder, disk.disk_growth_bytes) == [6, 8]


def test_disk_of_an_attached_stage_counts_from_its_beginning(make_run: MakeRun, runs_folder: Path) -> None:
    """What the run had written before is not the stage's."""
    span = {"kind": "stage", "name": "s", "stage": "inference", "begin_t": 1.0, "end_t": 3.0}
    make_run(tables={"folder": folder_rows([1, 5, 6, 9]), "phase": [span]})

    (found,) = measured(runs_folder, disk.disk_growth_bytes, place=1)

    assert (list(found.t), list(found.values)) == ([0, 1, 2], [0, 1, 4])


def test_a_scan_that_rests_is_no_gap(make_run: MakeRun, runs_folder: Path) -> None:
    """Folder scans that come seldom are joined, and only where the job's ticks are missing too the curve breaks."""
    job = job_rows([1] * 8) + job_rows([1] * 4, begin=20.0)
    scans = [row | {"t": t} for row, t in zip(folder_rows([1, 2, 3, 4]), (0.0, 1.0, 7.0, 22.0), strict=True)]
    make_run(tables={"job": job, "folder": scans})

    (found,) = measured(runs_folder, disk.disk_growth_bytes)

    assert found.gaps_marked
    assert list(found.t) == [0.0, 1.0, 7.0, 13.5, 22.0]
    assert np.isnan(found.values[3])
    assert not np.isnan(found.values[[0, 1, 2, 4]]).any()
