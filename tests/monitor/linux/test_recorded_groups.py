"""Control groups of version 2 as real kernels showed them (scripts/record-groups), read as those of a living job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from perfmon.linux import job_cgroup, pressure
from perfmon.linux.cgroup_limits import read_limits, throttled_seconds, throttling
from perfmon.linux.cgroups import UNIFIED, Mount, OomWatch, groups, is_root, mounts
from perfmon.linux.job_cgroup import KnownProcesses
from perfmon.linux.open_files import OpenFiles

RECORDED = sorted((Path(__file__).parent / "groups").glob("*/*.json"))
MB = 1_000_000
PERFMONS_OWN = 35 * MB  # memory of the recorder, which was in the group too


class Tree(NamedTuple):
    """A recorded tree in a folder: where it is mounted, the job's groups, and what is known of the job."""

    at: dict[str, Mount]
    folders: dict[str, str]
    kernel: str
    truth: dict[str, Any]
    pids: list[int]

    @property
    def group(self) -> str:
        """The job's group."""
        return self.folders[UNIFIED]


def planted(path: Path, folder: Path) -> Tree:
    """Write a recorded tree's files below a folder, with its mount there.

    What a container saw of it is what is below the group that its mount shows.
    """
    known = json.loads(path.read_text())
    for name, text in known["files"].items():
        if f"/{name}".startswith(known["top"]):
            file = folder / f"/{name}".removeprefix(known["top"]).lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    at = mounts(known["mountinfo"].replace("/sys/fs/cgroup", str(folder)))
    folders = groups(known["cgroup"], at)
    pids = [int(pid) for pid in (Path(folders[UNIFIED]) / "cgroup.procs").read_text().split()]
    return Tree(at, folders, known["kernel"], known["truth"], pids)


def recorded(*names: str) -> list[Any]:
    """These situations, as far as kernels were recorded in them."""
    return [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in RECORDED if path.stem in names]


@pytest.mark.parametrize("path", recorded("nested", "own", "container", "root"))
def test_limits(path: Path, tmp_path: Path) -> None:
    """The tightest group around the job counts, whichever it is; where there is none nothing is limited."""
    tree = planted(path, tmp_path)
    limits = read_limits(tree.folders, tree.at)

    assert limits == (tree.truth["memory_limit_bytes"], tree.truth["cpus_quota"])


@pytest.mark.parametrize("path", recorded("nested", "own", "container"))
def test_memory_and_peak(path: Path, tmp_path: Path) -> None:
    """What the job held is in its group's memory, page cache is not, and a peak is there since Linux 5.19."""
    tree = planted(path, tmp_path)
    mine = job_cgroup.find_job_cgroup(job_cgroup.MEMORY, tree.folders, tree.pids, KnownProcesses((), ()))
    held = tree.truth["held_bytes"] + tree.truth.get("lost_bytes", 0)
    memory, peak = job_cgroup.memory(mine.folder)
    stat = dict(line.split() for line in Path(tree.group, "memory.stat").read_text().splitlines())

    assert mine.folder == tree.group
    assert memory == int(stat["anon"]) + int(stat["shmem"])
    assert held < memory < held + PERFMONS_OWN
    assert job_cgroup.has_memory_peak(mine.folder) == (peak is not None) == (not tree.kernel.startswith("5.10."))
    assert peak is None or peak >= memory - MB  # which the kernel counts in batches


@pytest.mark.parametrize("path", recorded("nested", "own", "container"))
def test_cpu_time_and_pressure(path: Path, tmp_path: Path) -> None:
    """The group has used at least what its program says it has, and each column of pressure has a number."""
    tree = planted(path, tmp_path)
    used = job_cgroup.cpu_seconds(tree.group)
    waited = pressure.of_groups(tree.folders, OpenFiles())
    waited.read()
    seconds = waited.row["cpu_pressure_seconds"]

    assert used is not None
    assert used > json.loads(path.read_text())["program"]["cpu_seconds"]
    assert (len(waited.row), waited.unknown) == (5, [])
    assert isinstance(seconds, float)
    assert seconds > 0


@pytest.mark.parametrize("path", recorded("nested"))
def test_the_quota_around_holds_it_back(path: Path, tmp_path: Path) -> None:
    """The job's own group says 0 while the one around it holds it back for seconds, and says so itself."""
    tree = planted(path, tmp_path)
    outside = (tmp_path / "outer" / "cpu.stat").read_text().split()
    told = int(outside[outside.index("throttled_usec") + 1]) / 1e6

    assert throttled_seconds([tree.group], OpenFiles()) == 0
    assert throttled_seconds(throttling(tree.folders, tree.at), OpenFiles()) == told
    assert told > 1


@pytest.mark.parametrize("path", recorded("worker_killed", "no_controller"))
def test_kills_are_counted_where_the_kernel_accounts(path: Path, tmp_path: Path) -> None:
    """A kill is in the job's group, or, if that has no memory controller, in the nearest around it that has one."""
    tree = planted(path, tmp_path / "groups")
    expected = tmp_path / "groups" / tree.truth["killed_in"]
    events = expected / "memory.events"
    after = events.read_text()
    events.write_text(after.replace("oom_kill 1", "oom_kill 0"))
    process = tmp_path / "proc" / "5"
    process.mkdir(parents=True)
    (process / "cgroup").write_text("0::/outer/inner\n")
    watch = OomWatch(tree.at, str(tmp_path / "proc"))
    watch.update((5,))
    events.write_text(after)

    assert "oom_kill 1\n" in after
    assert watch.kills() == {str(expected): 1}


@pytest.mark.parametrize("path", recorded("no_controller"))
def test_without_a_memory_controller(path: Path, tmp_path: Path) -> None:
    """The limit around it counts, its CPU time is told, and of its memory why it is not."""
    tree = planted(path, tmp_path)
    folders = groups("0::/outer/inner\n", tree.at)
    memory, cpu = (
        job_cgroup.find_job_cgroup(name, folders, (), KnownProcesses((), ()))
        for name in (job_cgroup.MEMORY, job_cgroup.CPU)
    )

    assert read_limits(folders, tree.at).memory_bytes == tree.truth["memory_limit_bytes"]
    assert (memory.folder, memory.reason) == ("", "unsupported")
    assert "no memory controller" in memory.why
    assert job_cgroup.cpu_seconds(cpu.folder)


@pytest.mark.parametrize("path", recorded("root"))
def test_root(path: Path, tmp_path: Path) -> None:
    """The root group is told from others by its files, and is nobody's own."""
    tree = planted(path, tmp_path)

    assert is_root(tree.group, UNIFIED)
    assert job_cgroup.find_job_cgroup(job_cgroup.CPU, tree.folders, tree.pids, KnownProcesses((), ())).folder == ""
    assert len(pressure.of_groups(tree.folders, OpenFiles()).unknown) == 5


def test_groups_outside_of_the_namespace() -> None:
    """Where a mount shows groups around our own namespace, only those below its top have a name that is known."""
    at = mounts("37 36 0:33 /../.. /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n")

    assert groups("0::/\n", at) == {}
    assert groups("0::/../..\n", at) == {UNIFIED: "/sys/fs/cgroup"}
    assert groups("0::/../../other\n", at) == {UNIFIED: "/sys/fs/cgroup/other"}
    assert groups("0::/../other\n", {UNIFIED: Mount("/sys/fs/cgroup")}) == {}
