"""Limits are those of the kernel, in both versions of control groups."""

from __future__ import annotations

from pathlib import Path

from perfmon.linux.cgroup_limits import Limits, read_limits, throttled_seconds, throttling
from perfmon.linux.cgroups import UNIFIED, Mount
from perfmon.linux.open_files import OpenFiles


def test_limits_of_version_2(tmp_path: Path) -> None:
    """The tightest of all groups up to the root counts, and `max` is no limit."""
    job = tmp_path / "outer" / "job"
    job.mkdir(parents=True)
    (job / "memory.max").write_text("max\n")
    (job / "cpu.max").write_text("150000 100000\n")
    (job / "cpu.stat").write_text("usage_usec 9\nnr_throttled 2\nthrottled_usec 2500000\n")
    (tmp_path / "outer" / "memory.max").write_text("1048576\n")
    (tmp_path / "outer" / "cpu.max").write_text("max 100000\n")
    at, folders = {UNIFIED: Mount(str(tmp_path))}, {UNIFIED: str(job)}

    assert read_limits(folders, at) == Limits(1048576, 1.5)
    assert throttled_seconds(throttling(folders, at), OpenFiles()) == 2.5


def test_limits_of_version_1(tmp_path: Path) -> None:
    """Version 1 says no limit with a huge number and with -1."""
    memory, cpu = tmp_path / "memory" / "job", tmp_path / "cpu" / "job"
    memory.mkdir(parents=True)
    cpu.mkdir(parents=True)
    (memory / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    (memory.parent / "memory.limit_in_bytes").write_text("67108864\n")
    (cpu / "cpu.cfs_quota_us").write_text("50000\n")
    (cpu / "cpu.cfs_period_us").write_text("100000\n")
    (cpu.parent / "cpu.cfs_quota_us").write_text("-1\n")
    (cpu.parent / "cpu.cfs_period_us").write_text("100000\n")
    (cpu / "cpu.stat").write_text("nr_periods 5\nnr_throttled 1\nthrottled_time 500000000\n")
    at = {"memory": Mount(str(memory.parent)), "cpu": Mount(str(cpu.parent))}

    assert read_limits({"memory": str(memory), "cpu": str(cpu)}, at) == Limits(67108864, 0.5)
    assert throttled_seconds(throttling({"cpu": str(cpu)}, at), OpenFiles()) == 0.5


def test_no_groups_are_no_limits() -> None:
    """Where no control group can be seen nothing is limited, as far as is known."""
    assert read_limits({}, {}) == Limits(None, None)
    assert throttled_seconds(throttling({}, {}), OpenFiles()) is None
