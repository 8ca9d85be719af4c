"""The recorder's own reading of the machine, held against psutil's."""

from __future__ import annotations

import os
import resource
import select
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from perfmon.linux import psutil_system, system
from perfmon.linux.open_files import OpenFiles, raise_limit


def test_equal_to_psutil() -> None:
    """Every column is psutil's, counters within what passes between two readings."""
    files = OpenFiles()
    before = psutil_system.read()
    ours = (
        system.cpu(files.read("/proc/stat"))
        | system.load(files.read("/proc/loadavg"))
        | system.memory(files.read("/proc/meminfo"))
        | system.network(files.read("/proc/net/dev"))
        | system.Disks().parse(files.read("/proc/diskstats"))
    )
    after = psutil_system.read()

    assert list(ours) == list(before)
    for name, value in ours.items():
        if name.endswith(("used_bytes", "available_bytes")):
            assert value == pytest.approx(after[name], rel=0.02)
        elif value is None or name == "load_1m":
            assert value in (before[name], after[name])
        else:
            assert float(str(before[name])) - 0.011 <= float(value) <= float(str(after[name])) + 0.011


def test_cores_equal_psutil() -> None:
    """Physical cores are counted by package and core."""
    two = "physical id\t: 0\ncore id\t: 0\n\nphysical id\t: 1\ncore id\t: 0\n\nphysical id\t: 1\ncore id\t: 0\n"

    assert system.cores(Path("/proc/cpuinfo").read_text()) == psutil.cpu_count(logical=False)
    assert system.cores(two) == 2
    assert system.cores("processor : 0\n") is None


def test_kept_files_tell_what_is_true_now() -> None:
    """A kept file is read anew each time, and that of a dead process is no other's."""
    files = OpenFiles()
    with subprocess.Popen(["sleep", "60"]) as process:
        path = f"/proc/{process.pid}/stat"
        first = files.read(path)
        process.kill()
    with pytest.raises(OSError, match="No such"):
        files.read(path)

    assert first.startswith(f"{process.pid} (".encode())


def test_texts_are_parsed_when_they_change(tmp_path: Path) -> None:
    """What a file says is parsed once, and again when it says something else or was away for a round."""
    seen: list[bytes] = []
    one, other = tmp_path / "one", tmp_path / "other"
    other.write_bytes(b"other")
    files = OpenFiles()

    for text in (b"a", b"a", b"b", None, b"b"):
        if text:
            one.write_bytes(text)
            files.parsed(str(one), seen.append)
        files.parsed(str(other), seen.append)
        files.next_round()

    assert seen == [b"a", b"other", b"b", b"b"]


def test_kept_files_are_whole(tmp_path: Path) -> None:
    """Files longer than one piece are read to their end, from /proc too, where a piece ends at a line."""
    (tmp_path / "long").write_bytes(b"x" * 100_000)
    files = OpenFiles()
    maps = files.read("/proc/self/smaps")

    assert len(files.read(str(tmp_path / "long"))) == 100_000
    assert maps.count(b"VmFlags") == maps.count(b"Rss:") > 20
    assert len(maps) > 16_384


def test_what_is_not_read_again_is_closed() -> None:
    """Descriptors are kept for one round without use, and are few in the end."""
    files = OpenFiles()
    before = len(os.listdir("/proc/self/fd"))
    for path in ("/proc/self/stat", "/proc/self/status", "/proc/self/io"):
        files.read(path)
    full = len(os.listdir("/proc/self/fd"))
    for _ in range(2):
        files.next_round()
        files.read("/proc/self/stat")

    assert full == before + 3
    assert len(os.listdir("/proc/self/fd")) == before + 1


# In a process of its own, for others may have kept files of theirs.
FEW_DESCRIPTORS = """
import os, resource
from perfmon.linux.open_files import OpenFiles, raise_limit

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
files = OpenFiles()
read = [files.read("/proc/" + "./" * number + "stat") for number in range(1, 200)]
kept = len(os.listdir("/proc/self/fd"))
raise_limit()
print(sum(map(bool, read)), kept <= 100, resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(hard, 1 << 16))
"""


def test_more_files_than_descriptors() -> None:
    """Where descriptors run out, files are read without being kept; the limit is raised as far as it may be."""
    done = subprocess.run([sys.executable, "-c", FEW_DESCRIPTORS], capture_output=True, text=True, check=True)

    assert done.stdout == "199 True True\n"


def test_kept_files_leave_what_is_waited_for_its_numbers() -> None:
    """However many files are kept, the next descriptor is one that select(2) takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3000:
        pytest.skip("this machine allows too few descriptors")
    raise_limit()
    files = OpenFiles()
    try:
        for number in range(1100):
            files.read("/proc/" + "./" * number + "stat")
        with open("/dev/null", "rb") as waited_for:
            select.select([waited_for], [], [], 0)
            kept = len(os.listdir("/proc/self/fd"))
    finally:
        files.next_round()
        files.next_round()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert kept > 1100
    assert len(os.listdir("/proc/self/fd")) < 1000
