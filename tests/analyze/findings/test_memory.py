"""Memory that creeps, is swapped out or runs out, and memory that only looks so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from .recorded import GIB, TICKS, found, job, noise, run, unjudged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfmon.store.journal import Row

MIB = 2**20
_BEGIN = 20  # the first tick after the warm-up


def creeping(folder: Path, rss: Sequence[float] | np.ndarray, **known: object) -> Path:
    """A run with this much memory at each tick, of a machine with 100 GiB left."""
    host: list[Row] = [{"t": float(tick), "memory_available_bytes": 100 * GIB} for tick in range(TICKS)]
    return run(folder, known=known, host=host, job=job(rss_bytes=lambda tick: int(rss[tick])))


def test_a_leak(tmp_path: Path) -> None:
    """Memory that grows by 10 MiB a second, beside noise, is told of with its pace and the time that is left."""
    rss = 4 * GIB + 10 * MIB * np.arange(TICKS) + 5 * MIB * noise(TICKS)
    (one,) = found(creeping(tmp_path, rss), "memory_creep")
    pace = one.evidence

    assert pytest.approx(pace["bytes_per_second"], rel=0.01) == 10 * MIB
    assert float(pace["low_bytes_per_second"]) < 10 * MIB < float(pace["high_bytes_per_second"])
    assert pytest.approx(pace["seconds_to_limit"], rel=0.01) == 100 * GIB / (10 * MIB)
    assert "the end of the machine's memory is reached 2.8" in one.sentence
    assert one.severity == "advice"


def test_the_nearest_limit_counts(tmp_path: Path) -> None:
    """A limit that is reached within another such run makes it a problem."""
    rss = 4 * GIB + 10 * MIB * np.arange(TICKS)
    hardware = {"allocation": {"memory_bytes": int(rss[-1]) + GIB}}
    (one,) = found(creeping(tmp_path, rss, hardware=hardware), "memory_creep")

    assert pytest.approx(one.evidence["seconds_to_limit"], rel=0.01) == 102.4
    assert one.severity == "problem"


STEADY = np.arange(TICKS)


@pytest.mark.parametrize(
    "rss",
    [
        4 * GIB + 100 * MIB * noise(TICKS),
        4 * GIB + GIB * (1 - np.exp(-STEADY / 30)),
        4 * GIB + GIB * (STEADY > 110),
        4 * GIB + 50 * MIB * (STEADY % 30),
        4 * GIB + 0.5 * MIB * STEADY,
        4 * GIB + 5 * MIB * np.maximum(STEADY - 130, 0),
        4 * GIB + GIB * (STEADY < _BEGIN) * STEADY / _BEGIN,
    ],
    ids=["noise", "levels off", "one step", "sawtooth", "too little", "only late", "warm-up"],
)
def test_no_leak(tmp_path: Path, rss: np.ndarray) -> None:
    """What levels off, steps, swings or grows by 90 MiB is not told of, nor what the warm-up does."""
    folder = creeping(tmp_path, rss)

    assert found(folder, "memory_creep") == []
    assert unjudged(folder, "memory_creep") == []


def test_gaps_make_no_trend(tmp_path: Path) -> None:
    """Where a twentieth of the time has no sample, no trend is told."""
    rows = [row for row in job(rss_bytes=lambda tick: GIB + 10 * MIB * tick) if not 60 < float(str(row["t"])) < 90]
    (reason,) = unjudged(run(tmp_path, job=rows), "memory_creep")

    assert reason == "a twentieth of the 179 s has no sample: too many gaps for a trend"


@pytest.mark.parametrize(("swapped", "expected"), [(200 * MIB, 1), (50 * MIB, 0)])
def test_swap(tmp_path: Path, swapped: int, expected: int) -> None:
    """200 MiB of the job in swap are told of, 50 are not."""
    folder = run(tmp_path, job=job(swap_bytes=lambda tick: swapped if tick == 77 else 0))

    assert [(one.begin, one.end) for one in found(folder, "swap")] == [(77.0, 77.0)] * expected


def test_killed_for_want_of_memory(tmp_path: Path) -> None:
    """The cause that run.json names is told with the peak and the limit."""
    ending = {"cause": "out_of_memory", "evidence": ["1 killed for want of memory in control group /job"]}
    known = {"state": "killed", "ending": ending, "peak": {"tree_at_least_bytes": 8 * GIB}}
    (one,) = found(run(tmp_path, known=known, job=job(memory_limit_bytes=lambda _: 8 * GIB)), "out_of_memory")

    assert one.sentence == "The job was killed for want of memory. It held at least 8 GB of 8 GB allowed."
    assert one.evidence["evidence"] == ending["evidence"][0]


def test_killed_by_a_signal(tmp_path: Path) -> None:
    """A job that was killed is not said to have lacked memory."""
    known = {"state": "killed", "ending": {"cause": "signal", "evidence": []}}

    assert found(run(tmp_path, known=known), "out_of_memory") == []
