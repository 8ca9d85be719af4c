"""Device memory, of all kinds of GPU and driver."""

from __future__ import annotations

import os

import pytest

from tests.monitor.gpu.nvml.conftest import Ask

FIGURES = """
    gpu 0 uuid GPU-a
    gpu 0 total 80e9
    gpu 0 reserved 1e9
    gpu 0 used 6e9
    gpu 0 process $job 4e9
    gpu 0 process 999999 2e9
"""


def test_the_reserve_is_apart(ask: Ask) -> None:
    """Used is what nvidia-smi shows: without the driver's reserve, which has a column of its own."""
    row = ask(FIGURES).ticks[0].rows[0]

    told = [row[f"vram_{name}_bytes"] for name in ("used", "reserved", "free", "total")]
    assert (told, row["vram_kind"]) == ([6e9, 1e9, 73e9, 80e9], "without_reserve")


def test_an_old_driver_counts_its_reserve_as_used(ask: Ask) -> None:
    """Without version 2 of the call used holds the reserve, which the row says, and the processes are still listed."""
    tick = ask(FIGURES, old=True).ticks[0]
    row = tick.rows[0]

    assert (row["vram_used_bytes"], row["vram_reserved_bytes"], row["vram_kind"]) == (7e9, None, "with_reserve")
    assert tick.missing["GPU-a", "vram_reserved_bytes"] == "unsupported"
    assert (row["vram_job_bytes"], row["job_processes"], row["processes"]) == (4e9, 1, 2)


@pytest.mark.parametrize(
    "refusal",
    [
        "gpu 0 fault nvmlDeviceGetMemoryInfo_v2 3\ngpu 0 fault nvmlDeviceGetMemoryInfo 3",
        "gpu 0 total 0",
    ],
)
def test_a_gpu_without_memory_of_its_own(ask: Ask, refusal: str) -> None:
    """Where GPU and CPU share memory, used is the sum of the GPU's processes and total the machine's memory."""
    tick = ask(FIGURES + refusal).ticks[0]
    row = tick.rows[0]

    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert (row["vram_kind"], row["vram_used_bytes"], row["vram_total_bytes"]) == ("unified", 6e9, physical)
    assert (row["vram_job_bytes"], row["vram_free_bytes"]) == (4e9, None)
    assert tick.missing["GPU-a", "vram_free_bytes"] == "unsupported"
