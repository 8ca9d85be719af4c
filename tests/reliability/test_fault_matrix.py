"""Each call of the C library that perfmon makes once the command runs is made to fail once: the command never notices.

A preloaded library (fails_calls.c) counts the calls of an undisturbed run, and makes one of them fail in each of
the others. The command asks perfmon to end it and tells by its status that it was asked: whatever fails, perfmon passes
the signal on, waits, and has that status.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import shutil
import signal
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.patching import PATCH
from tests.reliability.processes import MARK, marked, wait_for

STATUS = 7
# It asks again and again, for the one call that fails may be that which passes the signal on.
COMMAND = f"trap 'exit {STATUS}' TERM; while :; do kill -TERM $PPID; sleep 0.03; done"
ARMED = (
    PATCH
    + """
import sys
from perfmon.lean import libc
from perfmon.supervisor.launch import PendingCommand
release = PendingCommand.release
def armed(self, given):
    release(self, given)
    libc.call('faults_arm')
patch('perfmon.supervisor.launch.PendingCommand.release', armed)
from perfmon.commands import command
command()
"""
)
COUNT, FAIL = 1, 2
SUPERVISOR, OTHERS = 0, 1
SIDE_BY_SIDE = 8
MOST = {SUPERVISOR: 8, OTHERS: 3}  # of the calls of one function: the first, the last, and some between
SECONDS = 30.0

# The functions, how each can fail, and what it returns then.
FUNCTIONS = {
    "open64": (errno.EMFILE, "FAIL"),
    "open": (errno.EMFILE, "FAIL"),
    "openat64": (errno.EMFILE, "FAIL"),
    "read": (errno.EIO, "FAIL"),
    "write": (errno.ENOSPC, "FAIL"),
    "close": (errno.EIO, "FAIL_BUT_DO"),  # Linux closes it nonetheless, close(2)
    "fork": (errno.EAGAIN, "FAIL"),
    "pipe2": (errno.EMFILE, "FAIL"),
    "socketpair": (errno.EMFILE, "FAIL"),
    "send": (errno.ENOBUFS, "FAIL"),
    "recv": (errno.ECONNRESET, "FAIL"),
    "select": (errno.ENOMEM, "FAIL"),
    "poll": (errno.ENOMEM, "FAIL"),
    "wait4": (errno.ECHILD, "FAIL"),
    "waitpid": (errno.ECHILD, "FAIL"),
    "waitid": (errno.ECHILD, "FAIL"),
    "kill": (errno.EPERM, "FAIL"),
    "getpgid": (errno.EPERM, "FAIL"),
    "sigtimedwait": (errno.EINVAL, "FAIL"),
    "signalfd": (errno.EMFILE, "FAIL"),
    "prctl": (errno.EINVAL, "FAIL"),
    "syscall": (errno.ENOSYS, "FAIL"),
    "clock_nanosleep": (errno.EINVAL, "errno"),  # which it returns
    "stat64": (errno.EIO, "FAIL"),
    "lstat64": (errno.EIO, "FAIL"),
    "fstat64": (errno.EIO, "FAIL"),
    "fstatat64": (errno.EIO, "FAIL"),
    "readlink": (errno.EIO, "FAIL"),
    "opendir": (errno.EMFILE, "FAIL_NULL"),
    "fdopendir": (errno.ENOMEM, "FAIL_NULL"),
    "fcntl64": (errno.EMFILE, "FAIL"),
    "flock": (errno.ENOLCK, "FAIL"),
    "dup2": (errno.EMFILE, "FAIL"),
    "mkdir": (errno.ENOSPC, "FAIL"),
    "rmdir": (errno.EIO, "FAIL"),
    "unlink": (errno.EIO, "FAIL"),
    "rename": (errno.EIO, "FAIL"),
    "link": (errno.EPERM, "FAIL"),
    "fsync": (errno.EIO, "FAIL"),
    "fdatasync": (errno.EIO, "FAIL"),
    "sync_file_range": (errno.EIO, "FAIL"),
    "mmap": (errno.ENOMEM, "FAIL"),
    "mmap64": (errno.ENOMEM, "FAIL"),
    "getrusage": (errno.EINVAL, "FAIL"),
    "prlimit64": (errno.EPERM, "FAIL"),
}
NAMES = list(FUNCTIONS)


class Cell(NamedTuple):
    """A call that fails: in which processes, of which function, and which of its calls."""

    whose: int
    function: str
    call: int


class Ran(NamedTuple):
    """How a run with it went: the cell struck, or the run came without that call; what is left is pids."""

    cell: Cell
    struck: bool
    status: int | None
    errors: str
    left: list[int]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes calls fail."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("the library that makes calls fail is written in C, and this machine has no C compiler (cc)")
    folder = tmp_path_factory.mktemp("library")
    wrappers = [f"WRAP({number}, {name}, {failure})" for number, (name, (_, failure)) in enumerate(FUNCTIONS.items())]
    text = Path(__file__).with_name("fails_calls.c").read_text().replace("WRAPPERS", "\n".join(wrappers))
    (folder / "fails_calls.c").write_text(text)
    words = ["-O1", "-fno-builtin", "-w", "-shared", "-fPIC", "-o", "fails_calls.so", "fails_calls.c", "-ldl"]
    subprocess.run([compiler, *words], cwd=folder, check=True)
    return folder / "fails_calls.so"


def start(folder: Path, library: Path, *armed: int) -> tuple[subprocess.Popen[str], mmap.mmap, str]:
    """Record the command with the library armed so: the process, its counters, and the mark of all processes."""
    folder.mkdir()
    what, *which = armed
    (folder / "faults").write_bytes(struct.pack(f"{2 + len(which)}i", what, 0, *which).ljust(4096, b"\0"))
    with (folder / "faults").open("r+b") as file:
        counters = mmap.mmap(file.fileno(), 4096)
    mark = os.urandom(8).hex()
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PERFMON_")}
    variables |= {MARK: mark, "LD_PRELOAD": str(library), "FAULTS": str(folder / "faults")}
    words = [sys.executable, "-c", ARMED, "run", "--quiet", "--interval", "20ms", "--", "sh", "-c", COMMAND]
    process = subprocess.Popen(
        words, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return process, counters, mark


def counted(folder: Path, library: Path) -> list[tuple[int, ...]]:
    """For each function how often it is called while nothing fails: by the supervisor, and by the others."""
    process, counters, _ = start(folder, library, COUNT)
    with process, counters:
        _, errors = process.communicate(timeout=SECONDS)
        assert (process.returncode, errors) == (STATUS, "")
        return [struct.unpack_from("2i", counters, 4 * (16 + 2 * number)) for number in range(len(NAMES))]


def spread(count: int, most: int) -> list[int]:
    """Numbers from 1 to count, so many at most."""
    return sorted({1 + round(at * (count - 1) / max(1, most - 1)) for at in range(most)}) if count else []


def fail(folder: Path, library: Path, cell: Cell) -> Ran:
    """Run once with this failure."""
    number = NAMES.index(cell.function)
    process, counters, mark = start(folder, library, FAIL, cell.whose, number, cell.call, FUNCTIONS[cell.function][0])
    with process, counters:
        try:
            _, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            errors = "it does not end"
        with contextlib.suppress(AssertionError):
            wait_for(lambda: not marked(mark), seconds=10.0)
        left = marked(mark)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return Ran(cell, bool(struct.unpack_from("i", counters, 24)[0]), process.wait(), errors, left)


def test_each_call_fails_once(tmp_path: Path, library: Path) -> None:
    """The command's status is perfmon's in every cell, no process is left, and there is never a traceback."""
    calls = counted(tmp_path / "count", library)
    cells = [
        Cell(whose, name, call)
        for name, counts in zip(NAMES, calls, strict=True)
        for whose, most in MOST.items()
        for call in spread(counts[whose], most)
    ]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        ran = list(pool.map(lambda numbered: fail(tmp_path / str(numbered[0]), library, numbered[1]), enumerate(cells)))
    print(f"{len(ran)} cells, of which {sum(one.struck for one in ran)} struck")
    print(dict(zip(NAMES, calls, strict=True)))
    print(*sorted({(one.cell.function, one.errors) for one in ran if one.errors}), sep="\n")

    assert [one for one in ran if one.status != STATUS] == []
    assert [one for one in ran if one.left] == []
    assert [one for one in ran if "Traceback" in one.errors or len(one.errors.splitlines()) > 1] == []
    assert sum(one.struck for one in ran) > 0.8 * len(ran)
