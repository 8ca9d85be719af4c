"""The recorder's own reading of /proc, held against psutil's."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from perfmon.linux import procfs
from perfmon.linux.process_tree import Tree, children


def test_name_with_brackets() -> None:
    """A process may be called `a) R (b`, which must not shift the fields."""
    text = b"7 (a) R (b) S 1 2 3 0 -1 4 5 6 7 8 110 22 33 4 20 0 9 0 555 1000 77 18446744073709551615 1"
    stat = procfs.parse_stat(text)

    assert stat == procfs.Stat(False, 110, 22, 33, 4, 9, 77 * procfs.PAGE_BYTES, 5 + 7, False)


def test_equal_to_psutil() -> None:
    """For a living process the figures are psutil's."""
    pid = os.getpid()
    stat = procfs.parse_stat(procfs.read(f"/proc/{pid}/stat"))
    process = psutil.Process()
    times = process.cpu_times()
    before = process.io_counters()
    io = procfs.parse_io(procfs.read(f"/proc/{pid}/io"))
    after = process.io_counters()

    assert stat.user_ticks / procfs.TICKS_PER_SECOND == pytest.approx(times.user, abs=0.03)
    assert stat.child_user_ticks / procfs.TICKS_PER_SECOND == pytest.approx(times.children_user, abs=0.03)
    assert stat.system_ticks / procfs.TICKS_PER_SECOND == pytest.approx(times.system, abs=0.03)
    assert stat.child_system_ticks / procfs.TICKS_PER_SECOND == pytest.approx(times.children_system, abs=0.03)
    assert stat.threads == process.num_threads()
    assert stat.rss_bytes == pytest.approx(process.memory_info().rss, rel=0.02)
    assert before.read_bytes <= io.read_bytes <= after.read_bytes
    assert before.write_bytes <= io.written_bytes <= after.write_bytes


def test_tree_equals_psutil() -> None:
    """The children found through threads are those that psutil finds through parents."""
    script = "import subprocess as s; p = [s.Popen(['sleep', '60']) for _ in range(3)]; print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        found = Tree(parent.pid, include_top=True).pids()
        expected = [parent.pid, *(child.pid for child in psutil.Process(parent.pid).children(recursive=True))]
        for pid in expected[1:]:
            psutil.Process(pid).kill()
        parent.kill()

    assert sorted(found) == sorted(expected)
    assert len(found) == 4


def test_children_started_by_a_thread() -> None:
    """A child that another thread than the main one started is found too."""
    script = (
        "import subprocess as s, threading as t\n"
        "run = lambda: (s.Popen(['sleep', '60']), print(1, flush=True), t.Event().wait())\n"
        "t.Thread(target=run, daemon=True).start(); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        (child,) = children(parent.pid)
        name = psutil.Process(child).name()
        psutil.Process(child).kill()
        parent.kill()

    assert name == "sleep"


def test_gone() -> None:
    """A process that is no more has no children."""
    assert children(2**22 + 1) == []


def test_status_is_parsed() -> None:
    """The kernel's KiB become bytes; what a process does not have is 0."""
    assert procfs.parse_status(b"Name:\tx\nVmHWM:\t   10 kB\nVmRSS:\t 4 kB\nVmSwap:\t  3 kB\n") == (10240, 3072)
    assert procfs.parse_status(b"Name:\tzombie\n") == (0, 0)
