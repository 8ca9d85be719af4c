"""What a job may use, told inside of a container and outside: both denominators, limits, and its own control group."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perfmon.linux.cgroups import groups, visible_mounts
from tests.conftest import PERFMON, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

MB = 1_000_000
LIMITS = {
    "memory": ("memory.limit_in_bytes", str(500 << 20)),
    "cpu": ("cpu.cfs_quota_us", "150000"),
    "cpuacct": ("", ""),
}
# A container sees its own group at the top of each hierarchy, and its own processes only.
ENTER = (
    "mount -t tmpfs none /sys/fs/cgroup && for c in memory cpu cpuacct; do "
    'mkdir /sys/fs/cgroup/$c && mount -t cgroup -o $c none /sys/fs/cgroup/$c || exit 99; done; exec "$@"'
)


@pytest.fixture
def limited() -> Iterator[list[Path]]:
    """Real groups (version 1) that limit memory to 500 MiB and CPU time to one and a half."""
    folders = groups(Path("/proc/self/cgroup").read_text(), visible_mounts())
    made = [Path(folders.get(name, "/nowhere")) / f"perfmon-container-{os.getpid()}" for name in LIMITS]
    try:
        for path, (name, value) in zip(made, LIMITS.values(), strict=True):
            path.mkdir()
            if name:
                (path / name).write_text(value)
    except OSError as error:
        pytest.skip(f"no groups can be made here: {error}")
    yield made
    for path in made:
        path.rmdir()


@pytest.mark.parametrize("where", ["inside", "outside"])
def test_what_the_job_may_use(limited: list[Path], tmp_path: Path, where: str) -> None:
    """The group's limits and the machine's size stand side by side, and the group's use is the job's."""
    unshare = shutil.which("unshare")
    container = [str(unshare), "-C", "-m", "-p", "-f", "--mount-proc", "sh", "-c", ENTER, "sh"]
    if where == "inside" and (not unshare or subprocess.run([*container, "true"], check=False).returncode):
        pytest.skip("this machine lets nobody make a container")
    job = f"import time\nheld = bytearray(50 * {MB})\nheld[::4096] = b'x' * len(held[::4096])\ntime.sleep(1)"
    words = [PERFMON, "run", "--quiet", "--interval", "200ms", "--", sys.executable, "-c", job]
    enter = "; ".join(f"echo $$ > {path}/cgroup.procs" for path in limited)
    prefix = container if where == "inside" else []
    subprocess.run(["sh", "-c", f'{enter}; "$@"; exit $?', "sh", *prefix, *words], cwd=tmp_path, check=True, timeout=60)
    rows = tables(tmp_path / "runs").execute(
        "select max(memory_limit_bytes), max(cpus_quota), max(cpus_allowed), max(group_memory_bytes) from job"
    )
    ((limit, quota, cpus, held),) = rows.fetchall()
    ((machine_cpus, machine_bytes),) = (
        tables(tmp_path / "runs").execute("select max(cpus), max(memory_total_bytes) from host").fetchall()
    )

    assert (limit, quota, cpus) == (500 << 20, 1.5, len(os.sched_getaffinity(0)))
    assert (machine_cpus, machine_bytes) == (os.cpu_count(), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    assert 50 * MB < held < 150 * MB
