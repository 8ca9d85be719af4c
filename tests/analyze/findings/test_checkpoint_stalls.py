"""A GPU that stands still while files are saved, and one that hardly does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analyze.findings.recorded import TICKS, found, gpu, job, run, unjudged

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon.store.journal import Row


def phases(name: str, *, every: int, seconds: float) -> list[Row]:
    """A phase of this length at even times, from 40 s on, written at its beginning and at its end."""
    rows: list[Row] = []
    for begin in range(40, TICKS - 10, every):
        row: Row = {"t": float(begin), "kind": "phase", "name": name, "begin_t": float(begin), "pid": 1}
        rows += [row | {"end_t": None}, row | {"end_t": begin + seconds}]
    return rows


def busy(every: int, seconds: int) -> list[float]:
    """Utilization that falls to 0 at these times."""
    return [0.0 if tick > 40 and 0 < (tick - 40) % every <= seconds else 0.95 for tick in range(TICKS)]


@pytest.mark.parametrize(
    ("name", "every", "seconds", "expected"),
    [("save checkpoint", 40, 4, 1), ("save checkpoint", 40, 1, 0), ("evaluation", 40, 4, 0)],
    ids=["stalls", "too short", "another phase"],
)
def test_phases_that_save(tmp_path: Path, name: str, every: int, seconds: int, expected: int) -> None:
    """Checkpoints of 4 s each 40 s in which the GPU idles are told of; of 1 s, or under another name, they are not."""
    folder = run(tmp_path, gpu=gpu(busy(every, seconds)), phase=phases(name, every=every, seconds=seconds))

    assert len(found(folder, "save_stalls")) == expected


def test_saving_beside_a_busy_gpu(tmp_path: Path) -> None:
    """Checkpoints that are written while the GPU works cost nothing."""
    folder = run(tmp_path, gpu=gpu([0.95] * TICKS), phase=phases("checkpoint", every=40, seconds=4))

    assert found(folder, "save_stalls") == []


def test_phases_shorter_than_the_ticks(tmp_path: Path) -> None:
    """Phases that no sample lies in, but that take up much time together, cannot be judged."""
    folder = run(tmp_path, gpu=gpu([0.95] * TICKS), phase=phases("checkpoint", every=5, seconds=0.6))

    assert unjudged(folder, "save_stalls") == ["phases checkpoint are shorter than the 1 s between two samples"]


@pytest.mark.parametrize(("size", "expected"), [(10**9, 1), (10**6, 0)])
def test_bursts_of_writing(tmp_path: Path, size: int, expected: int) -> None:
    """Where no phase is named, seconds in which a GB is written and the GPU idles tell; a MB does not."""
    idle = busy(40, 4)
    written = [size * sum(one == 0 for one in idle[: tick + 1]) for tick in range(TICKS)]
    folder = run(tmp_path, job=job(written_bytes=lambda tick: written[tick]), gpu=gpu(idle))

    assert len(found(folder, "save_stalls")) == expected
