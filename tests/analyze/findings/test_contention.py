"""Quota and pressure that cost time, and some that hardly do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analyze.findings.recorded import TICKS, found, job, run, unjudged

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon.store.journal import Row


@pytest.mark.parametrize(("rate", "expected"), [(0.2, 1), (0.03, 0)])
def test_quota(tmp_path: Path, rate: float, expected: int) -> None:
    """Tasks held back for a fifth of the time are told of with the quota; for 3 % they are not."""
    rows = job(cpu_throttled_seconds=lambda tick: rate * tick, cpus_quota=lambda _: 1.5)
    told = found(run(tmp_path, job=rows), "throttled")

    assert [one.evidence["cpus_quota"] for one in told] == [1.5] * expected
    assert all("quota of 1.5 CPUs" in one.sentence and "20 %" in one.sentence for one in told)


@pytest.mark.parametrize(
    ("name", "column", "much", "little"),
    [
        ("memory_pressure", "memory_pressure_seconds", 0.2, 0.05),
        ("io_pressure", "io_pressure_full_seconds", 0.2, 0.05),
        ("cpu_pressure", "cpu_pressure_seconds", 0.6, 0.4),
    ],
)
def test_pressure(tmp_path: Path, name: str, column: str, much: float, little: float) -> None:
    """Waiting that goes beyond its threshold is told of; the job's control group goes before the machine."""
    host: list[Row] = [{"t": float(tick), column: much * tick} for tick in range(TICKS)]
    folders = {
        "group": run(tmp_path / "group", job=job(**{column: lambda tick: much * tick})),
        "calm": run(tmp_path / "calm", job=job(**{column: lambda tick: little * tick}), host=host),
        "machine": run(tmp_path / "machine", host=host),
    }
    told = {where: [one.sentence for one in found(folder, name)] for where, folder in folders.items()}

    assert {where: len(own) for where, own in told.items()} == {"group": 1, "calm": 0, "machine": 1}
    assert "in the job's control group" in told["group"][0]
    assert "on the machine, whoever's it was" in told["machine"][0]


def test_a_kernel_that_tells_nothing(tmp_path: Path) -> None:
    """Without pressure stall information there is no finding, and that is said."""
    assert unjudged(run(tmp_path), "io_pressure") == ["the kernel tells no pressure (PSI)"]
