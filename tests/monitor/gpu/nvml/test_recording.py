"""Whole runs on machines with GPUs."""

from __future__ import annotations

import pytest

from tests.monitor.gpu.nvml.conftest import Record


def test_one_gpu_with_fixed_values(record: Record) -> None:
    """What the driver says of a GPU stands in its rows, in base units, at every tick."""
    run = record(
        """
        system gpus 1
        gpu 0 name NVIDIA Example
        gpu 0 uuid GPU-example
        gpu 0 total 80e9
        gpu 0 reserved 1e9
        gpu 0 used 6e9
        gpu 0 busy 50
        gpu 0 memory_busy 20
        gpu 0 power 250
        gpu 0 temperature 61
        gpu 0 process $job 4e9
        gpu 0 process 999999 2e9
    """,
        seconds=3,
    )

    rows = run.rows("gpu")
    ticks = [row["t"] for row in run.rows("host") if row["t"] >= rows[1]["t"]]

    assert 5 <= len(ticks) <= len(rows)  # the first row is of the tick that asked while the library was being opened
    assert (
        rows[4]
        | {
            "uuid": "GPU-example",
            "index": 0,
            "name": "NVIDIA Example",
            "busy_ratio": 0.5,
            "memory_busy_ratio": 0.2,
            "vram_used_bytes": 6e9,
            "vram_total_bytes": 80e9,
            "vram_job_bytes": 4e9,
            "power_watts": 250.0,
            "temperature_celsius": 61.0,
        }
        == rows[4]
    )
    seconds = rows[-2]["t"] - rows[2]["t"]
    assert rows[-2]["energy_joules"] - rows[2]["energy_joules"] == pytest.approx(250 * seconds, rel=0.05)
