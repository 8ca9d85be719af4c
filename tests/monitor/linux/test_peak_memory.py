"""Memory: counted once, peaks exact, limits as the kernel has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from perfmon.linux import pressure
from perfmon.linux.cgroup_limits import Limits, read_limits, throttled_seconds, throttling
from perfmon.linux.cgroups import UNIFIED, Mount
from perfmon.linux.open_files import OpenFiles
from perfmon.linux.peak_memory import HighWaterMarks, PeakMemory
from perfmon.linux.procfs import parse_status
from perfmon.linux.pss import PacedPss, parse_rollup
from perfmon.slurm import of_slurm
from tests.conftest import PERFMON, tables

MB = 1_000_000
EAT = "def eat(size):\n    held = bytearray(size)\n    held[::4096] = b'x' * len(held[::4096])\n    return held\n"


def record(folder: Path, script: str, interval: str = "200ms") -> dict[str, int]:
    """Record a Python job, and return its peaks from run.json."""
    code = "import os, sys, time\n" + EAT + script
    words = [PERFMON, "run", "--quiet", "--interval", interval, "--", sys.executable, "-c", code]
    subprocess.run(words, cwd=folder, check=True, timeout=60)
    (path,) = (folder / "runs").glob("*/run.json")
    peak: dict[str, int] = json.loads(path.read_text())["peak"]
    return peak


def test_shared_by_eight(tmp_path: Path) -> None:
    """100 MB that eight forked workers share are 100 MB of PSS, and eight times as much of RSS."""
    peak = record(
        tmp_path,
        f"held = eat(100 * {MB})\n"
        "for _ in range(8):\n    if os.fork() == 0:\n        time.sleep(2.5)\n        os._exit(0)\n"
        "for _ in range(8):\n    os.wait()",
    )

    assert peak["pss_bytes"] == pytest.approx(105 * MB, rel=0.06)  # with what nine interpreters have of their own
    assert peak["rss_bytes"] > 8 * 100 * MB
    assert peak["tree_at_least_bytes"] <= 1.12 * 100 * MB


def test_spike_between_two_ticks(tmp_path: Path) -> None:
    """600 MB held for a moment between two ticks of a second are seen exactly, for the kernel keeps the mark."""
    peak = record(tmp_path, f"time.sleep(0.2)\nheld = eat(600 * {MB})\ndel held\ntime.sleep(1.5)", interval="1s")

    assert peak["hwm_bytes"] == pytest.approx(600 * MB, rel=0.03)
    assert peak["missed_bytes"] == peak["hwm_bytes"] - peak["process_rss_bytes"]
    assert peak["tree_at_least_bytes"] == peak["tree_at_most_bytes"] == peak["hwm_bytes"]


def test_spike_of_a_job_shorter_than_a_tick(tmp_path: Path) -> None:
    """The peak of a job that ends before its first tick comes from `wait4`."""
    peak = record(tmp_path, f"held = eat(300 * {MB})", interval="10s")

    assert peak["hwm_bytes"] == pytest.approx(300 * MB, rel=0.06)


@pytest.mark.parametrize("way", ["setsid", "daemon"])
def test_nothing_escapes(tmp_path: Path, way: str) -> None:
    """A child in a session of its own, and one that forked twice, count with all they hold."""
    escape = {
        "setsid": "if os.fork() == 0:\n    os.setsid()\n    held = eat(300 * 10**6); time.sleep(1.2); os._exit(0)\n",
        "daemon": (
            "if os.fork() == 0:\n    if os.fork(): os._exit(0)\n"
            "    os.setsid(); held = eat(300 * 10**6); time.sleep(1.2); os._exit(0)\n"
        ),
    }[way]
    peak = record(tmp_path, escape + "time.sleep(1.5)")

    assert peak["rss_bytes"] > 300 * MB


def test_bounds_hold_where_peaks_alternate(tmp_path: Path) -> None:
    """Two processes that peak one after the other: the tree's peak lies between one of them and both."""
    peak = record(
        tmp_path,
        "pid = os.fork()\n"
        "if pid == 0:\n    held = eat(200 * 10**6); del held; time.sleep(1.2); os._exit(0)\n"
        "time.sleep(0.6); held = eat(200 * 10**6); del held; time.sleep(0.5); os.wait()",
        interval="400ms",
    )

    assert 200 * MB < peak["tree_at_least_bytes"] < 240 * MB
    assert 400 * MB < peak["tree_at_most_bytes"] < 460 * MB


def test_pss_is_paced() -> None:
    """Reading takes its credit at once, and then at most a hundredth of the time."""
    now, reads = [0.0], 0

    def monotonic() -> float:
        now[0] += 0.01  # each look at the clock costs 10 ms: so does each reading
        return now[0]

    pss = PacedPss(monotonic, monotonic)
    for _ in range(100):
        now[0] += 1.0
        reads += pss.read((os.getpid(),), 100) is not None

    assert 10 <= reads <= 100
    begin = now[0]
    spent = reads * 0.01
    assert spent <= 0.1 + 0.01 * begin + 0.011


def test_pss_keeps_credit_for_a_change() -> None:
    """While the RSS stays as it is half of the credit is kept, so that a new height is read at once."""
    now = 0.0

    def cpu_seconds() -> float:
        nonlocal now
        now += 0.02  # what each reading costs
        return now

    pss = PacedPss(lambda: 0.0, cpu_seconds)
    read = [pss.read((os.getpid(),), rss) is not None for rss in (100, 100, 100, 100, 200, 200, 400)]

    assert read == [True, True, False, False, True, False, True]


def test_pss_that_cannot_have_moved_is_not_read_again() -> None:
    """Without a page fault, a change of RSS or of the processes it is read every ten seconds only."""
    times = iter([0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 13.9, 14.0])  # the first is the beginning
    pss = PacedPss(lambda: next(times), lambda: 0.0)
    mine, both = (os.getpid(),), (os.getpid(), os.getppid())
    memories = [(mine, 100, 5), (mine, 100, 5), (mine, 100, 6), (mine, 99, 6), *[(both, 99, 6)] * 3]
    read = [pss.read(*memory) is not None for memory in memories]

    assert read == [True, False, True, True, True, False, True]


ENDING = """
import os, signal
from perfmon.linux.pss import add_up

def child():
    pid = os.fork()
    if pid == 0:
        signal.pause()
    return pid

def ending():
    yield children[0]
    os.kill(children[0], signal.SIGKILL)
    os.waitpid(children[0], 0)
    yield from children[1:]
    os.kill(children[1], signal.SIGKILL)  # and stays a zombie
    os.waitid(os.P_PID, children[1], os.WEXITED | os.WNOWAIT)

held = bytearray(b"x") * 100_000_000
children = [child() for _ in range(3)]
print(add_up(ending()).pss_bytes)
os.kill(children[2], signal.SIGKILL)
"""


def test_memory_of_who_ends_meanwhile_counts_once() -> None:
    """What one process shares goes over to the others as it ends: if it ends between their readings, it is left out."""
    done = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, check=True, timeout=60)

    assert 30 * MB < int(done.stdout) < 60 * MB  # a third of what two shared with their parent, as the last was read


def test_rollup_and_status_are_parsed() -> None:
    """The kernel's KiB become bytes; what a process does not have is 0."""
    rollup = b"5-6 ---p [rollup]\nRss: 9 kB\nPss:    7 kB\n"
    assert parse_rollup(rollup + b"Pss_Anon: 1 kB\nPss_File: 4 kB\nPss_Shmem: 2 kB\n") == (7168, 2048, 4096)
    assert parse_rollup(rollup) == (7168, None, None)  # an old kernel: not 0
    assert parse_rollup(b"") == (0, 0, 0)
    assert parse_status(b"Name:\tx\nVmHWM:\t   10 kB\nVmRSS:\t 4 kB\nVmSwap:\t  3 kB\n") == (10240, 3072)
    assert parse_status(b"Name:\tzombie\n") == (0, 0)


def test_marks_of_what_was_there_before() -> None:
    """Of a process older than the recording only the mark's rise counts; until then its RSS does."""
    marks = HighWaterMarks(from_start=False)

    assert marks.update({1: 500}, {1: 100}) == 100
    assert marks.update({1: 500, 2: 50}, {1: 120, 2: 40}) == 170
    assert marks.update({1: 600}, {1: 130}) == 600
    assert marks.update({2: 50}, {2: 40}) == 50
    assert marks.update({1: 400, 2: 50}, {1: 140, 2: 40}) == 450  # another process, under the first one's number
    assert marks.largest == 600


def test_a_mark_is_no_less_than_what_was_sampled() -> None:
    """The kernel may tell a mark some pages below the memory that the process has at the same time."""
    marks = HighWaterMarks(from_start=True)

    assert marks.update({1: 50, 2: 9}, {1: 52, 2: 5}) == 61
    assert marks.largest == 52


def test_peaks_of_nothing_are_not_known() -> None:
    """A job of which nothing could be read has no peak, and not one of 0."""
    assert set(PeakMemory().facts().values()) == {None}


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


_COLUMNS = {"cpu_pressure_seconds", "memory_pressure_seconds", "memory_pressure_full_seconds"}
_COLUMNS |= {"io_pressure_seconds", "io_pressure_full_seconds"}


def test_pressure_of_a_group(tmp_path: Path) -> None:
    """Microseconds become seconds, for some and for all tasks; what the kernel does not tell has a reason."""
    text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n"
    (tmp_path / "cgroup.type").write_text("domain\n")
    (tmp_path / "cpu.pressure").write_text(text)
    (tmp_path / "memory.pressure").write_text(f"{text}full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n")
    waiting = pressure.of_groups({UNIFIED: str(tmp_path)}, OpenFiles())
    waiting.read()
    before = waiting.row
    waiting.read()

    assert waiting.row is before
    assert set(waiting.row.values()) == {2.5, 9e-6}
    assert waiting.row["memory_pressure_full_seconds"] == 9e-6
    assert {one.column for one in waiting.unknown} == {"io_pressure_seconds", "io_pressure_full_seconds"}
    (tmp_path / "cpu.pressure").write_text(text.replace("25", "35"))
    waiting.read()
    assert waiting.row["cpu_pressure_seconds"] == 3.5
    (tmp_path / "io.pressure").write_text(text)
    (tmp_path / "memory.pressure").rename(tmp_path / "gone")
    later = pressure.of_groups({UNIFIED: str(tmp_path)}, OpenFiles())
    later.read()
    assert set(later.row) == {"cpu_pressure_seconds"}
    (tmp_path / "gone").rename(tmp_path / "memory.pressure")
    later.read()
    assert (len(later.row), later.row["io_pressure_seconds"]) == (4, 2.5)


def test_pressure_that_is_not_the_jobs(tmp_path: Path) -> None:
    """The root group's pressure is the machine's and not the job's, and version 1 tells none: no column is known."""
    (tmp_path / "cpu.pressure").write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n")
    whys: list[str] = []
    for folders in ({"memory": "/x"}, {UNIFIED: str(tmp_path)}):
        waiting = pressure.of_groups(folders, OpenFiles())
        waiting.read()
        assert not waiting.row
        assert {one.column for one in waiting.unknown} == _COLUMNS
        whys += {one.detail for one in waiting.unknown}

    assert [why.partition(",")[0] for why in whys] == [
        "no control groups of version 2 are mounted",
        "the job is in the root control group",
    ]


def test_allocation() -> None:
    """Memory a node goes before memory a CPU; outside of SLURM nothing is allocated."""
    a_cpu = {"SLURM_CPUS_ON_NODE": "4", "SLURM_MEM_PER_CPU": "1024"}

    assert of_slurm(a_cpu) == {"cpus": 4, "memory_bytes": 4 << 30}
    assert of_slurm(a_cpu | {"SLURM_MEM_PER_NODE": "2048"}) == {"cpus": 4, "memory_bytes": 2 << 30}
    assert of_slurm({"PATH": "4"}) == {}


def test_no_groups_are_no_limits() -> None:
    """Where no control group can be seen nothing is limited, as far as is known."""
    assert read_limits({}, {}) == Limits(None, None)
    assert throttled_seconds(throttling({}, {}), OpenFiles()) is None


def test_columns_of_a_recording(tmp_path: Path) -> None:
    """PSS has its first readings at once, and never exceeds RSS by more than what moved between the two."""
    record(tmp_path, "held = [(eat(10**6), time.sleep(0.1)) for _ in range(7)]")
    rows = tables(tmp_path / "runs").execute(
        "select count(pss_bytes) >= 2, bool_and(pss_bytes <= rss_bytes * 1.2), bool_and(hwm_bytes >= rss_bytes) "
        "from job where processes > 0"
    )

    assert rows.fetchall() == [(True, True, True)]
