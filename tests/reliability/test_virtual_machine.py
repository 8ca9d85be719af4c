"""Jobs in real control groups of version 2, held against what their kernel says, and in a real quota: in a machine."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from perfmon_analyze.verify.audit import audit
from tests.conftest import tables
from tests.reliability.processes import facts, query

REQUIRED = "PERFMON_TEST_VM"  # set where these tests must run: they take a minute or two
KERNEL = os.environ.get("PERFMON_TEST_VM_KERNEL", "/")
HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "scripts"
MB = 1_000_000
READING_SECONDS = 0.2  # from a row's time on, in which its columns are read
ROUNDING_SECONDS = 0.002
HELD = "(select * from job where rss_bytes > 50e6 and processes = 1)"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all situations of scripts/record-groups, and with that of in_quota.py, from one machine."""
    if os.environ.get(REQUIRED) != "1":
        pytest.skip(f"boots a virtual machine; {REQUIRED}=1 asks for that")
    folder = tmp_path_factory.mktemp("machine")
    options = ["--kernel", KERNEL, "--time", "400", "--out", str(folder), "--disk", "/mnt", "--quota"]
    python = f"'{sys.executable}'"
    command = f"{python} '{SCRIPTS}/record-groups' '{folder}' && {python} '{HERE}/in_quota.py' '{folder}' /mnt"
    words = [f"{SCRIPTS}/virtual-machine", *options, "sh", "-c", command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Between(NamedTuple):
    """What a number may be."""

    least: float
    most: float

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int | float) and self.least <= number <= self.most


class Job:
    """One situation: the run that perfmon recorded, and what is known besides."""

    def __init__(self, recorded: Path, name: str) -> None:
        known = json.loads((recorded / f"{name}.json").read_text())
        self.truth: dict[str, Any] = known["truth"]
        self._files: dict[str, str] = known["files"]
        self._span: tuple[float, float] = known["span"]
        self._tables = tables(recorded / name)
        (run,) = (recorded / name).iterdir()
        self.run = run
        self.facts: dict[str, Any] = json.loads((run / "run.json").read_text())

    def last(self, expression: str, table: str = "job") -> Any:
        """The last value there is of an expression."""
        rows = self._tables.execute(
            f"select last({expression} order by t) filter (({expression}) is not null) from {table}"
        )
        return rows.fetchall()[0][0]

    def around(self, column: str, slack: float) -> Between:
        """What was recorded before the kernel's files were read, and what after that; less and more by the slack."""
        begin, end = self._span
        rows = self._tables.execute(
            f"select epoch(time::timestamptz), {column} from job where {column} is not null order by t"
        )
        told = rows.fetchall()
        before = [value for time, value in told if time < begin - READING_SECONDS][-1:]
        after = [value for time, value in told if time > end][:1]
        assert before
        assert after
        return Between(min(before + after) - slack, max(before + after) + slack)

    def kernel(self, file: str, word: str) -> int:
        """What the kernel said at the moment in which the program was looked at: the number after a word."""
        words = self._files[file].replace("=", " ").split()
        return int(words[words.index(word) + 1])

    def reasons(self, columns: str) -> set[str]:
        """Why columns of which the names begin so are null."""
        rows = self._tables.execute(
            f"select distinct detail from event where kind = 'null' and starts_with(column_name, '{columns}')"
        )
        return {detail for (detail,) in rows.fetchall()}


@pytest.mark.parametrize("name", ["nested", "own", "container", "no_controller", "root"])
def test_limits(recorded: Path, name: str) -> None:
    """The tightest limits of all groups around the job, inside of a container as outside."""
    job = Job(recorded, name)

    assert job.last("memory_limit_bytes") == job.truth["memory_limit_bytes"]
    assert job.last("cpus_quota") == job.truth.get("cpus_quota")


@pytest.mark.parametrize(("name", "group"), [("nested", "outer/inner"), ("own", "job"), ("container", "outer/inner")])
def test_memory(recorded: Path, name: str, group: str) -> None:
    """The group's memory and peak are the kernel's, and what nobody's process holds is the file in memory."""
    job = Job(recorded, name)
    kernel = job.kernel(f"{group}/memory.stat", "anon") + job.kernel(f"{group}/memory.stat", "shmem")
    unattributed = (
        f"group_memory_bytes - group_beside_bytes - (pss_bytes - pss_file_bytes) - {job.truth.get('lost_bytes', 0)}"
    )

    assert kernel in job.around("group_memory_bytes", 2 * MB)
    assert job.last("least", f"(select min(abs({unattributed})) as least, 1 as t from job)") < MB
    assert int(job._files[f"{group}/memory.peak"]) in job.around("group_peak_bytes", 0)


@pytest.mark.parametrize(("name", "group"), [("nested", "outer/inner"), ("own", "job"), ("container", "outer/inner")])
def test_cpu_time(recorded: Path, name: str, group: str) -> None:
    """The group's CPU time is the kernel's, and the job's and perfmon's own explain nearly all of it."""
    job = Job(recorded, name)
    kernel = job.kernel(f"{group}/cpu.stat", "usage_usec") / 1e6
    left = "group_cpu_seconds - group_beside_cpu_seconds - cpu_user_seconds - cpu_system_seconds"

    assert kernel in job.around("group_cpu_seconds", ROUNDING_SECONDS)
    assert -0.05 * kernel < job.last(left, HELD) < 0.15 * kernel  # what the shell took before it became perfmon


def test_quota_of_a_group_around(recorded: Path) -> None:
    """The job is held back by the group around its own, and that is recorded."""
    job = Job(recorded, "nested")
    kernel = job.kernel("outer/cpu.stat", "throttled_usec") / 1e6

    assert kernel > 0.1
    assert kernel in job.around("cpu_throttled_seconds", ROUNDING_SECONDS)


@pytest.mark.parametrize("resource", ["cpu", "memory", "io"])
def test_pressure(recorded: Path, resource: str) -> None:
    """The group's pressure is the kernel's."""
    job = Job(recorded, "nested")
    kernel = job.kernel(f"outer/inner/{resource}.pressure", "total") / 1e6  # the first line: some tasks waited

    assert kernel in job.around(f"{resource}_pressure_seconds", ROUNDING_SECONDS)


@pytest.mark.parametrize("name", ["worker_killed", "no_controller"])
def test_killed_for_want_of_memory(recorded: Path, name: str) -> None:
    """A real kill is the cause, and the evidence names the group in which the kernel counted it, once."""
    job = Job(recorded, name)
    killed_in = job.truth["killed_in"]

    assert job.kernel(f"{killed_in}/memory.events", "oom_kill") == 1
    assert job.facts["ending"]["cause"] == job.truth["cause"]
    assert job.facts["ending"]["evidence"] == [
        f"1 killed for want of memory in control group /sys/fs/cgroup/{killed_in}"
    ]


def test_nulls_have_their_reason(recorded: Path) -> None:
    """What a group does not tell is null, and why is there."""
    assert Job(recorded, "no_controller").reasons("group_memory") == {
        "the job's control group has no memory controller: the group around it has that memory, too"
    }
    assert len(Job(recorded, "root").reasons("group_")) == 1
    assert len(Job(recorded, "root").reasons("cpu_pressure")) == 1
    assert Job(recorded, "own").reasons("group_") == set()


@pytest.mark.parametrize("name", ["nested", "own", "container", "no_controller", "worker_killed", "root"])
def test_runs_are_sound(recorded: Path, name: str) -> None:
    """What was recorded there is whole here; ticks may be missing, for an emulated machine is slow."""
    (run,) = (recorded / name).iterdir()

    assert [problem for problem in audit(str(run)).problems if "ticks are missing" not in problem] == []


def test_a_quota_that_is_used_up(recorded: Path) -> None:
    """The job goes on, recording resumes once there is room, and the gap, with the quota as its reason, is told."""
    (run,) = (recorded / "quota").iterdir()
    gaps = query(run, "select distinct reason, split_part(detail, ': ', 2) from event where kind = 'unwritten'")
    after = query(run, "select count(*) > 5 from job where t > (select max(end_t) from event where kind = 'unwritten')")

    assert int((recorded / "quota.txt").read_text()) == errno.EDQUOT
    assert gaps == [("no_space", "Disk quota exceeded")]
    assert after == [(True,)]
    assert query(run, "select count(*) from event where kind = 'torn'") == [(0,)]
    assert facts(run)["state"] == "finished"
