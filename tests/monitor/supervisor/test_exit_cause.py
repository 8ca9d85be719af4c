"""Why a job ended: from what is known of it, and from real kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfmon import slurm
from perfmon.linux.cgroups import UNIFIED, Mount, OomWatch, groups, mounts, oom_kills, visible_mounts
from perfmon.slurm import JobStatus
from perfmon.supervisor import exit_cause
from perfmon.supervisor.exit_cause import ReceivedSignal, explain_exit
from tests.conftest import PERFMON, OnlyRun, Perfmon

TERM = ReceivedSignal(signal.SIGTERM, 77, 1_000_000.0)
LIMIT = 1_000_005.0
MOUNTINFO = (
    "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
)


@pytest.mark.parametrize(
    ("code", "received", "kills", "job", "expected"),
    [
        (0, [], {}, None, ("finished", 0, exit_cause.FINISHED)),
        (0, [TERM], {"/g": 1}, None, ("finished", 0, exit_cause.FINISHED)),
        (3, [], {}, None, ("failed", 3, exit_cause.FAILED)),
        (-9, [], {}, None, ("killed", 137, exit_cause.SIGNALLED)),
        (-9, [], {"/g": 1}, None, ("killed", 137, exit_cause.OUT_OF_MEMORY)),
        (1, [], {"/g": 2}, None, ("failed", 1, exit_cause.OUT_OF_MEMORY)),
        (-11, [], {"/g": 1}, None, ("killed", 139, exit_cause.SIGNALLED)),
        (-15, [TERM], {}, None, ("killed", 143, exit_cause.STOPPED)),
        (-15, [TERM], {}, JobStatus(LIMIT), ("killed", 143, exit_cause.TIME_LIMIT)),
        (-15, [TERM], {}, JobStatus(LIMIT + 600), ("killed", 143, exit_cause.PREEMPTED_OR_CANCELLED)),
        (-15, [TERM], {}, JobStatus(), ("killed", 143, exit_cause.PREEMPTED_OR_CANCELLED)),
        (-15, [TERM], {}, JobStatus(LIMIT + 60, slurm.NOTHING), ("killed", 143, exit_cause.TIME_LIMIT)),
        (-15, [TERM], {}, JobStatus(LIMIT + 600, slurm.NOTHING), ("killed", 143, exit_cause.STOPPED)),
        (-15, [TERM], {}, JobStatus(LIMIT, slurm.CANCELLED), ("killed", 143, slurm.CANCELLED)),
        (-15, [TERM], {}, JobStatus(None, slurm.PREEMPTED), ("killed", 143, slurm.PREEMPTED)),
    ],
)
def test_explain_exit(
    code: int,
    received: list[ReceivedSignal],
    kills: dict[str, int],
    job: JobStatus | None,
    expected: tuple[str, int, str],
) -> None:
    """State and status are what happened; the cause follows from the evidence, strongest first."""
    ending = explain_exit(code, received, kills, job)

    assert (ending.state, ending.status, ending.cause) == expected
    assert all(group in " ".join(ending.evidence) for group in kills)
    assert ("SIGTERM from process 77" in " ".join(ending.evidence)) == (TERM in received)


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("JobState=RUNNING Reason=None PreemptTime=None", slurm.NOTHING),
        ("JobState=COMPLETING Reason=None PreemptTime=None", slurm.CANCELLED),
        ("JobState=COMPLETING Reason=None PreemptTime=1005", slurm.PREEMPTED),
        ("JobState=COMPLETING Reason=TimeLimit PreemptTime=None", slurm.TIME_LIMIT),
    ],
)
def test_what_slurm_says(said: str, ends: str) -> None:
    """Its words for a job that it ends, and for one that it does not; a job without a limit has none."""
    assert slurm.parse(f"JobId=1 StartTime=1000 TimeLimit=1-00:10:05 {said}") == JobStatus(1000 + 86400 + 605, ends)
    assert slurm.parse(f"JobId=1 StartTime=1000 TimeLimit=UNLIMITED {said}") == JobStatus(None, ends)
    assert slurm.parse("slurm_load_jobs error: Invalid job id specified") is None


@pytest.mark.parametrize(("code", "kills", "told"), [(-9, {}, 1), (0, {}, 0), (-9, {"/g": 1}, 0)])
def test_kills_on_the_machine_are_evidence_only(code: int, kills: dict[str, int], told: int) -> None:
    """They are told of a job that failed, unless its own groups say more, and never become the cause."""
    ending = explain_exit(code, (), kills, machine_kills=2)
    bare = explain_exit(code, (), kills)

    assert [line for line in ending.evidence if "on this machine" in line] == [
        "2 killed for want of memory on this machine meanwhile, the job's or others'"
    ] * told
    assert ending.cause == bare.cause


def test_mounts_and_groups() -> None:
    """Both versions are found where they are mounted, and a process's groups in them."""
    at = mounts(MOUNTINFO)

    assert groups("4:memory:/a/b\n1:cpu:/c\n0::/d\n", at) == {
        "memory": "/sys/fs/cgroup/memory/a/b",
        "cpu": "/sys/fs/cgroup/cpu/c",
        UNIFIED: "/sys/fs/cgroup/unified/d",
    }


def test_kills_on_the_machine_are_counted_from_the_start(tmp_path: Path) -> None:
    """`oom_kill` of /proc/vmstat by difference; a kernel without it counts none."""
    (tmp_path / "vmstat").write_text("nr_free_pages 1\noom_kill 3\npgfault 9\n")
    watch = OomWatch({}, str(tmp_path))
    (tmp_path / "vmstat").write_text("nr_free_pages 1\noom_kill 5\npgfault 9\n")

    assert watch.machine_kills() == 2
    assert OomWatch({}, str(tmp_path / "none")).machine_kills() == 0


def test_groups_in_a_container_that_sees_only_its_own() -> None:
    """The host's path of the container's group is the top of its mount."""
    at = mounts("35 31 0:32 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n")

    assert groups("4:memory:/docker/ab\n", at) == {"memory": "/sys/fs/cgroup/memory"}
    assert groups("4:memory:/docker/ab/c\n", at) == {"memory": "/sys/fs/cgroup/memory/c"}


def test_version_2_by_difference(tmp_path: Path) -> None:
    """In version 2 the kills since the group was first seen count, and not the ones before."""
    group, proc = tmp_path / "cgroup" / "job", tmp_path / "proc" / "5"
    group.mkdir(parents=True)
    proc.mkdir(parents=True)
    (proc / "cgroup").write_text("0::/job\n")
    (group / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n")
    watch = OomWatch({UNIFIED: Mount(str(tmp_path / "cgroup"))}, str(tmp_path / "proc"))
    watch.update((5, 6))
    before = watch.kills()
    (group / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 3\noom_kill 3\noom_group_kill 0\n")

    assert before == {}
    assert watch.kills() == {str(group): 1}
    assert oom_kills(str(tmp_path / "nowhere")) is None


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A real control group of version 1 that has 64 MiB, below this process's own."""
    own = groups(Path("/proc/self/cgroup").read_text(), visible_mounts()).get("memory")
    if own is None:
        pytest.skip("there is no memory controller of version 1 here")
    group = Path(own) / f"perfmon-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(64 << 20))
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    yield group
    group.rmdir()


@pytest.mark.parametrize("victim", ["command", "worker"])
def test_a_real_kill_for_want_of_memory(tmp_path: Path, only_run: OnlyRun, small_group: Path, victim: str) -> None:
    """A job that the kernel kills for want of memory is told as such, even in a group that it entered later."""
    eat = "import mmap; m = mmap.mmap(-1, 200 << 20); [m.__setitem__(i, 1) for i in range(0, 200 << 20, 4096)]"
    script = tmp_path / "script"
    script.write_text(f"sleep 0.3; echo $$ > {small_group}/cgroup.procs; sleep 0.5; exec '{sys.executable}' -c '{eat}'")
    command = "exec sh ./script" if victim == "command" else "sh ./script; exit 5"
    words = [PERFMON, "run", "--interval", "100ms", "--", "sh", "-c", command]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    known = json.loads((only_run() / "run.json").read_text())

    assert done.returncode == (137 if victim == "command" else 5)
    assert known["ending"]["cause"] == "out_of_memory"
    assert any(str(small_group) in one for one in known["ending"]["evidence"])
    assert "killed for want of memory" in done.stderr


def test_a_kill_by_somebody_is_not_want_of_memory(perfmon: Perfmon, only_run: OnlyRun) -> None:
    """SIGKILL without a counted kill is just that."""
    perfmon("run", "--", "sh", "-c", "kill -9 $$")
    known = json.loads((only_run() / "run.json").read_text())

    assert known["ending"]["cause"] == "signal"


@pytest.mark.parametrize("stubborn", [True, False])
def test_kill_after(tmp_path: Path, stubborn: bool) -> None:
    """A command that ignores TERM is killed after the time given, and without --kill-after it never is."""
    import time

    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN); " if stubborn else ""
    script = f"import signal; {ignore}print('ready', flush=True); signal.sigtimedwait([signal.SIGUSR1], 20)"
    words = [PERFMON, "run", "--quiet", "--kill-after", "300ms", "--", sys.executable, "-c", script]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        begin = time.monotonic()
        process.terminate()
        status = process.wait(timeout=30)
        took = time.monotonic() - begin

    assert status == (137 if stubborn else 143)
    assert took < 10
