"""Disks that are full or fill up, and disks that last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .recorded import GIB, TICKS, found, run, unjudged

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon.store.journal import Row


def scans(left: float, each: float, *, path: str = "/out") -> list[Row]:
    """A scan a second: space that shrinks by `each` GiB a second down to `left`."""
    return [
        {"t": float(tick), "path": path, "growth_bytes": 0, "free_bytes": int((left + each * (TICKS - 1 - tick)) * GIB)}
        for tick in range(TICKS)
    ]


@pytest.mark.parametrize(("left", "expected"), [(10.0, 1), (30.0, 0)])
def test_full_within_another_such_run(tmp_path: Path, left: float, expected: int) -> None:
    """A run that ended is told of if its like would fill the disk."""
    told = found(run(tmp_path, folder=scans(left, 0.1)), "disk_filling")

    assert [one.evidence["seconds_to_full"] for one in told] == [pytest.approx(100.0)] * expected
    assert [one.severity for one in told] == ["advice"] * expected


@pytest.mark.parametrize(("hours", "expected"), [(20, 1), (30, 0)])
def test_full_within_a_day(tmp_path: Path, hours: int, expected: int) -> None:
    """A run that goes on is told of if the disk is full within a day."""
    folder = run(tmp_path, known={"state": "running"}, folder=scans(360.0 * hours, 0.1))

    assert [one.severity for one in found(folder, "disk_filling")] == ["problem"] * expected


def test_one_file_system_is_told_once(tmp_path: Path) -> None:
    """Two watched folders with the same space around them are one disk."""
    rows = scans(10.0, 0.1) + scans(10.0, 0.1, path="/out/checkpoints")

    assert len(found(run(tmp_path, folder=rows), "disk_filling")) == 1


def test_full(tmp_path: Path) -> None:
    """A disk without room is told of from when on, and not as filling."""
    folder = run(tmp_path, folder=scans(0.0, 0.1))
    (one,) = found(folder, "disk_full")

    assert (one.begin, one.severity) == (199.0, "problem")
    assert found(folder, "disk_filling") == []


def test_nothing_watched(tmp_path: Path) -> None:
    """Without a watched folder nothing is known of disks."""
    assert unjudged(run(tmp_path), "disk_full") == ["no folder was watched whose free space is known"]
