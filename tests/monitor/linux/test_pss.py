"""PSS counts shared memory once, and is read no more often than it may cost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from perfmon.linux.pss import PacedPss, parse_rollup
from tests.conftest import tables
from tests.monitor.linux.memory_jobs import MB, record


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


def test_rollup_is_parsed() -> None:
    """The kernel's KiB become bytes; what a process does not have is 0."""
    rollup = b"5-6 ---p [rollup]\nRss: 9 kB\nPss:    7 kB\n"
    assert parse_rollup(rollup + b"Pss_Anon: 1 kB\nPss_File: 4 kB\nPss_Shmem: 2 kB\n") == (7168, 2048, 4096)
    assert parse_rollup(rollup) == (7168, None, None)  # an old kernel: not 0
    assert parse_rollup(b"") == (0, 0, 0)


def test_columns_of_a_recording(tmp_path: Path) -> None:
    """PSS has its first readings at once, and never exceeds RSS by more than what moved between the two."""
    record(tmp_path, "held = [(eat(10**6), time.sleep(0.1)) for _ in range(7)]")
    rows = tables(tmp_path / "runs").execute(
        "select count(pss_bytes) >= 2, bool_and(pss_bytes <= rss_bytes * 1.2), bool_and(hwm_bytes >= rss_bytes) "
        "from job where processes > 0"
    )

    assert rows.fetchall() == [(True, True, True)]
