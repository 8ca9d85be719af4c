"""The job's own control group: what it holds, and what of that the tree does not explain."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perfmon.collector import Target, Tick
from perfmon.collectors.job import Job
from perfmon.linux import job_cgroup
from perfmon.linux.cgroups import UNIFIED, groups, visible_mounts
from perfmon.linux.job_cgroup import KnownProcesses
from perfmon.linux.process_tree import Tree
from tests.conftest import PERFMON, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

MB = 1_000_000
NOBODY = KnownProcesses((), ())


@pytest.fixture
def group() -> Iterator[dict[str, Path]]:
    """Real groups (version 1) of our own for memory and CPU time."""
    folders = groups(Path("/proc/self/cgroup").read_text(), visible_mounts())
    made = {name: Path(folders.get(name, "/nowhere")) / f"perfmon-own-{os.getpid()}" for name in ("memory", "cpuacct")}
    try:
        for path in made.values():
            path.mkdir()
    except OSError as error:
        pytest.skip(f"no groups can be made here: {error}")
    yield made
    for path in made.values():
        path.rmdir()


def _version_2(folder: Path, pids: list[int]) -> dict[str, str]:
    """A group of version 2 with these processes; what real ones say stands in test_recorded_groups.py."""
    folder.mkdir(parents=True)
    (folder / "cgroup.type").write_text("domain\n")
    (folder / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in pids))
    (folder / "memory.stat").write_text("anon 4096\nfile 999424\nkernel 77\nshmem 8192\nfile_mapped 4096\n")
    return {UNIFIED: str(folder)}


def test_groups_below_count(tmp_path: Path) -> None:
    """A stranger in a group below the job's makes the group another's, too."""
    folders = _version_2(tmp_path / "job", [5])
    _version_2(tmp_path / "job" / "below", [os.getpid()])

    assert job_cgroup.find_job_cgroup(job_cgroup.CPU, folders, {5}, NOBODY).folder == ""
    assert job_cgroup.find_job_cgroup(job_cgroup.CPU, folders, {5, os.getpid()}, NOBODY).folder


def test_perfmon_and_its_ancestors_may_be_in_it(tmp_path: Path) -> None:
    """Perfmon's processes and the shells around it are told apart; what a shell has started besides is a stranger."""
    me = os.getpid()
    with subprocess.Popen(["sleep", "60"]) as started:
        folders = _version_2(tmp_path / "job", [5, me, started.pid])
        ours = job_cgroup.find_job_cgroup(job_cgroup.MEMORY, folders, {5}, KnownProcesses({me}, ()))
        beside = job_cgroup.find_job_cgroup(job_cgroup.MEMORY, folders, {5}, KnownProcesses((), {me}))
        started.kill()

    assert (ours.folder, ours.foreign_pids) == (str(tmp_path / "job"), (me,))
    assert (beside.folder, beside.reason) == ("", "not_found")
    assert str(started.pid) in beside.why


def test_ancestors() -> None:
    """They go up to the first process there is."""
    found = job_cgroup.ancestors(os.getpid())

    assert found[0] == os.getppid()
    assert found[-1] == 1 or Path(f"/proc/{found[-1]}/stat").read_text().rpartition(")")[2].split()[1] == "0"


def test_top_of_a_container(tmp_path: Path) -> None:
    """What is the top inside a container is a group like any other; the machine's root is nobody's own."""
    folders = _version_2(tmp_path / "top", [5])
    inside = job_cgroup.find_job_cgroup(job_cgroup.MEMORY, folders, {5}, NOBODY)
    (tmp_path / "top" / "cgroup.type").unlink()
    outside = job_cgroup.find_job_cgroup(job_cgroup.MEMORY, folders, {5}, NOBODY)
    nowhere = job_cgroup.find_job_cgroup(job_cgroup.MEMORY, {}, {5}, NOBODY)

    assert inside.folder == str(tmp_path / "top")
    assert (outside.folder, outside.reason, nowhere.reason) == ("", "unsupported", "unsupported")


def test_process_that_the_namespace_does_not_show(tmp_path: Path) -> None:
    """The kernel lists a process of another pid namespace as 0: a stranger."""
    assert job_cgroup.find_job_cgroup(job_cgroup.MEMORY, _version_2(tmp_path / "job", [5, 0]), {5}, NOBODY).folder == ""


def test_what_the_tree_does_not_explain(group: dict[str, Path], tmp_path: Path) -> None:
    """A file on a tmpfs is memory of the group and of no process; perfmon's own share is told apart (version 1)."""
    lost = Path("/dev/shm") / f"perfmon-{os.getpid()}"
    code = (
        f"import time\nheld = bytearray(50 * {MB})\nheld[::4096] = b'x' * len(held[::4096])\n"
        f"open({str(lost)!r}, 'wb').write(b'x' * 30 * {MB})\n"
        "end = time.process_time() + 0.5\nwhile time.process_time() < end:\n    pass\ntime.sleep(1)"
    )
    enter = "; ".join(f"echo $$ > {path}/cgroup.procs" for path in group.values())
    words = [PERFMON, "run", "--quiet", "--interval", "200ms", "--", sys.executable, "-c", code]
    try:
        subprocess.run(["sh", "-c", f'{enter}; "$@"; true', "sh", *words], cwd=tmp_path, check=True, timeout=60)
    finally:
        with contextlib.suppress(FileNotFoundError):
            lost.unlink()
    rows = tables(tmp_path / "runs").execute(
        "select last(group_memory_bytes - group_beside_bytes - (pss_bytes - pss_file_bytes) order by t) "
        "filter (pss_bytes is not null), min(group_beside_bytes) > 5e6, "
        "max(group_cpu_seconds - group_beside_cpu_seconds - cpu_user_seconds - cpu_system_seconds) from job"
    )
    ((memory, is_told_apart, seconds),) = rows.fetchall()

    assert memory == pytest.approx(30 * MB, abs=MB)
    assert is_told_apart
    assert -0.05 < seconds < 0.2


def test_a_helper_that_starts_later_is_known_at_once(group: dict[str, Path]) -> None:
    """A process of perfmon's own that comes after the first tick is not taken for memory of nobody's."""
    tree = Tree(os.getpid(), include_top=False)
    job = Job(Target(tree, (), (), 0.0, ""))
    with subprocess.Popen(["sleep", "60"]) as worker, subprocess.Popen(["sleep", "60"]) as helper:
        for path in group.values():
            (path / "cgroup.procs").write_text(str(worker.pid))
        tree.excluded.add(helper.pid)
        job.collect(Tick((worker.pid,) if worker.pid in tree.pids() else ()))
        before = job._groups.memory
        with subprocess.Popen(["sleep", "60"]) as late:
            for path in group.values():
                (path / "cgroup.procs").write_text(str(late.pid))
            tree.excluded.add(late.pid)
            job.collect(Tick((worker.pid,) if worker.pid in tree.pids() else ()))
            after = job._groups.memory
            late.kill()
        worker.kill()
        helper.kill()

    assert (before.folder, before.foreign_pids) == (str(group["memory"]), ())
    assert (after.folder, after.foreign_pids) == (str(group["memory"]), (late.pid,))


def test_without_a_group_of_its_own(tmp_path: Path) -> None:
    """Where others share the job's group its columns are null, and the event says who, from beginning to end."""
    subprocess.run([PERFMON, "run", "--quiet", "--", "sleep", "0.1"], cwd=tmp_path, check=True, timeout=60)
    connection = tables(tmp_path / "runs")
    told = connection.execute(
        "select column_name, reason, max(end_t) > min(begin_t) from event where kind = 'null' "
        "and starts_with(column_name, 'group_') group by all order by all"
    ).fetchall()
    held = connection.execute("select count(group_memory_bytes), count(group_cpu_seconds) from job").fetchone()

    assert held == (0, 0)
    assert [column for column, _, _ in told] == [
        *("group_beside_bytes", "group_beside_cpu_seconds", "group_cpu_seconds"),
        *("group_memory_bytes", "group_peak_bytes"),
    ]
    assert {reason for _, reason, _ in told} <= {"not_found", "unsupported"}
    assert all(ended for _, _, ended in told)
