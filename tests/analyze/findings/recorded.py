"""Runs in which there is something to find, and near-misses: small tables of literal readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from perfmon_analyze import load
from perfmon_analyze.findings import Finding, examine, find
from tests.analyze.run_factory import gpu_rows, job_rows, write_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from perfmon.store.journal import Row, Value

GIB = 2**30
TICKS = 200  # at a second each; the first 20 are warm-up
FINISHED: dict[str, Any] = {"state": "finished", "duration_seconds": 199.0}


def found(folder: Path, name: str) -> list[Finding]:
    """The findings of one rule in these runs."""
    return [one for one in find(load(folder)) if one.name == name]


def unjudged(folder: Path, name: str) -> list[str]:
    """Why a rule could not be judged in these runs."""
    return [one.reason for one in examine(load(folder)).unjudged if one.name == name]


def job(count: int = TICKS, /, **columns: Callable[[int], Value]) -> list[Row]:
    """Rows of a job of 1 GiB that keeps 1 of 2 CPUs busy, with these columns by tick in place of the usual."""
    rows = job_rows([GIB] * count)
    return [row | {name: value(tick) for name, value in columns.items()} for tick, row in enumerate(rows)]


def gpu(busy: Sequence[float], *, vram: Sequence[float] | None = None, index: int = 0) -> list[Row]:
    """Rows of one GPU, 8 of its 24 GiB in use unless told otherwise."""
    return gpu_rows([8.0 * GIB] * len(busy) if vram is None else vram, busy, uuid=f"GPU-{index}", index=index)


def run(runs: Path, name: str = "r1", known: Mapping[str, object] | None = None, **tables: list[Row]) -> Path:
    """Write a run that finished, with these tables; the folder of runs is returned."""
    write_run(runs, run=name, tables={"job": job(), **tables}, known=FINISHED | dict(known or {}))
    return runs


def noise(count: int, seed: int = 0) -> np.ndarray:
    """Numbers that scatter about 0 by 1."""
    return np.random.default_rng(seed).normal(size=count)
