"""The processes on a GPU, and the job's among them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from perfmon.linux.pid_namespace import sees_the_hosts_pids
from tests.monitor.gpu.nvml.conftest import Ask


def test_a_process_in_several_lists_counts_once(ask: Ask) -> None:
    """A process that computes and draws is in two lists, and its memory is the greater of both figures."""
    row = (
        ask("""
        gpu 0 process $job 4e9 compute
        gpu 0 process $job 3e9 graphics
        gpu 0 process 999999 1e9 mps
    """)
        .ticks[0]
        .rows[0]
    )

    assert (row["vram_job_bytes"], row["job_processes"], row["processes"]) == (4e9, 1, 2)


def test_a_size_that_is_not_told_is_not_0(ask: Ask) -> None:
    """Where the driver keeps a process's size back, the job's share is null, with the reason."""
    tick = ask("gpu 0 uuid GPU-a\ngpu 0 process $job na").ticks[0]

    assert (tick.rows[0]["vram_job_bytes"], tick.rows[0]["job_processes"]) == (None, 1)
    assert tick.missing["GPU-a", "vram_job_bytes"] == "unsupported"


def test_rows_of_rubbish_are_dropped(ask: Ask) -> None:
    """More bytes than the GPU has, and percentages over 100 of strangers, are a driver's fault and no readings."""
    ticks = ask(
        """
        gpu 0 total 80e9
        gpu 0 process $job 4e9 compute 30
        gpu 0 process 4242 99e15
        gpu 0 process_rubbish 100
    """,
        times=[0, 0.1, 0.2],
    ).ticks

    assert [tick.rows[0]["processes"] for tick in ticks] == [1, 1, 1]
    assert [tick.rows[0].get("job_busy_ratio") for tick in ticks] == [0.3, 0.3, 0.3]


def test_other_jobs_are_told_apart(ask: Ask) -> None:
    """On a GPU that several jobs share, the job's memory and activity are its own."""
    ticks = ask(
        """
        gpu 0 used 9e9
        gpu 0 process $job 4e9 compute 20
        gpu 0 process 999999 5e9 compute 70
    """,
        times=[0, 0.1],
    ).ticks
    row = ticks[1].rows[0]

    assert (row["vram_used_bytes"], row["vram_job_bytes"], row["job_busy_ratio"]) == (9e9, 4e9, 0.2)


def test_a_job_that_is_not_on_the_gpu_has_none_of_it(ask: Ask) -> None:
    """Processes of others alone mean that the job holds nothing: a known 0."""
    if not sees_the_hosts_pids():
        pytest.skip("in a pid namespace of its own, this machine can't tell a stranger from the job")

    row = ask("gpu 0 process 999999 5e9").ticks[0].rows[0]

    assert (row["vram_job_bytes"], row["job_processes"]) == (0, 0)


def test_foreign_pids_are_no_zero(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a pid namespace the driver's pids match nothing: the job's share is unknown, the rise an estimate."""
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-rpf", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a pid namespace")
    scenario = "gpu 0 uuid GPU-a\ngpu 0 used 2e9\nat 0.2 gpu 0 used 6e9\ngpu 0 process 999999 4e9"
    tick = ask(scenario, times=[0, 0.4], prefix=(unshare, "-rpf", "--mount-proc")).ticks[1]
    row = tick.rows[0]

    assert (row["vram_job_bytes"], row["job_processes"], row["vram_job_estimate_bytes"]) == (None, None, 4e9)
    assert tick.missing["GPU-a", "vram_job_bytes"] == "namespace"
