"""Small runs to compare: inference of which every number is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.analyze.run_factory import batch_rows, folder_rows, gpu_rows, job_rows, write_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfmon.store.journal import Row

GIB = 2**30
TICKS = 400
HARDWARE = {"cpu_model": "Test CPU", "cpus": 2, "memory_total_bytes": 64 * GIB, "gpus": [{"name": "Test GPU"}]}
KNOWN: dict[str, Any] = {"state": "finished", "duration_seconds": 400.0, "hardware": HARDWARE}


def side(folder: Path, variant: str, *, busy: float, count: int = 1, peak: float = 6.0, **known: object) -> Path:
    """Runs of one variant that keep the GPU this busy, give or take a few percent, with batches of 2 - `busy` s."""
    for number in range(count):
        generator = np.random.default_rng([round(100 * busy), number])
        busy_ratio = np.clip(busy + 0.03 * generator.normal(size=TICKS), 0, 1)
        seconds = (2 - busy) * np.exp(0.05 * generator.normal(size=200))
        facts = KNOWN | {"peak": {"tree_at_least_bytes": int(peak * GIB) + number}} | known
        write_run(
            folder,
            run=f"{variant}-{number}",
            stage="inference",
            variant=variant,
            tables={
                "job": job_rows([4 * GIB] * TICKS, cpu_seconds=busy),
                "gpu": energy(gpu_rows([8.0 * GIB] * TICKS, busy_ratio.tolist())),
                "folder": folder_rows([GIB * tick for tick in range(TICKS)]),
                "batch": timed(seconds),
            },
            known=facts,
        )
    return folder


def timed(seconds: Sequence[float] | np.ndarray) -> list[Row]:
    """Batches of these lengths, over the whole run."""
    return [row | {"t": 2.0 * number} for number, row in enumerate(batch_rows([float(one) for one in seconds]))]


def energy(rows: list[Row]) -> list[Row]:
    """The same rows of a GPU that draws 100 W."""
    return [row | {"power_watts": 100.0, "energy_joules": 100.0 * float(str(row["t"]))} for row in rows]
