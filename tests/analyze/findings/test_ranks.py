"""A rank that lags, and ranks that keep up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .recorded import TICKS, found, run, unjudged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfmon.store.journal import Row


def batches(seconds: float, wait_seconds: float, count: int = TICKS) -> list[Row]:
    """A batch each second."""
    return [
        {"t": float(i), "series": "L15", "batch": i, "seconds": seconds, "wait_seconds": wait_seconds, "items": 16}
        for i in range(count)
    ]


def ranks(folder: Path, times: Sequence[tuple[float, float]], begin: str = "2026-01-01T00:00:00Z") -> Path:
    """A run for each rank with its seconds per batch, and of waiting for it; the last begins at another time."""
    for rank, (seconds, wait) in enumerate(times):
        last = rank == len(times) - 1
        known = {"rank": rank, "begin_time": begin if last else "2026-01-01T00:00:00Z"}
        run(folder, f"r{rank}", known=known, batch=batches(seconds, wait))
    return folder


@pytest.mark.parametrize(
    ("times", "lagging"),
    [
        ([(0.5, 0.1)] * 3 + [(0.8, 0.1)], [3.0]),
        ([(0.5, 0.1)] * 3 + [(0.55, 0.1)], []),
        ([(0.5, 0.1), (0.5, 0.4), (0.5, 0.1), (0.5, 0.1)], [1.0]),
        ([(0.5, 0.1)], []),
    ],
    ids=["slow batches", "hardly slower", "waits longer", "alone"],
)
def test_straggler(tmp_path: Path, times: list[tuple[float, float]], lagging: list[float]) -> None:
    """A rank whose batches, or waits, take half as long again lags; a twelfth more is nothing."""
    assert [one.evidence["rank"] for one in found(ranks(tmp_path, times), "straggler")] == lagging


def test_runs_at_another_time_are_no_ranks_of_the_job(tmp_path: Path) -> None:
    """A slow run of a rank ten minutes later belongs to another job."""
    folder = ranks(tmp_path, [(0.5, 0.1)] * 3 + [(0.8, 0.1)], begin="2026-01-01T00:10:00Z")

    assert found(folder, "straggler") == []


def test_ranks_that_time_no_batches(tmp_path: Path) -> None:
    """Too few timed batches of one rank, and none is judged."""
    run(tmp_path, "r0", known={"rank": 0}, batch=batches(0.5, 0.1))
    folder = run(tmp_path, "r1", known={"rank": 1}, batch=batches(0.5, 0.1, count=10))

    assert set(unjudged(folder, "straggler")) == {"rank 1 timed 0 batches, 20 are needed"}
