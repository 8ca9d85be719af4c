"""On how many CPUs a job may run."""

from __future__ import annotations

import os
import subprocess

import pytest

from perfmon.linux.affinity import CpuAffinity


def test_cpus_of_several_processes_count_once_each() -> None:
    """Together they may use what any of them may use; a process that is gone may use none."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        pytest.skip("this machine has one CPU")
    affinity = CpuAffinity()
    with subprocess.Popen(["sleep", "60"]) as first, subprocess.Popen(["sleep", "60"]) as second:
        os.sched_setaffinity(first.pid, allowed[:1])
        os.sched_setaffinity(second.pid, allowed[:1])
        assert affinity.count((first.pid, second.pid)) == 1

        os.sched_setaffinity(second.pid, allowed[1:2])
        affinity.forget()
        assert affinity.count((first.pid, second.pid)) == 2
        first.kill()
        second.kill()
    affinity.forget()
    assert affinity.count((first.pid, second.pid)) is None
