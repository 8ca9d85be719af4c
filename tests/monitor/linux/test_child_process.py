"""Processes of perfmon's own let go of what is not theirs, end when they shall, and never return into their caller."""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from perfmon.linux import child_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PATIENCE_SECONDS = 20.0


def told_by_child(child_main: Callable[[], bytes], *, silent: bool = False) -> bytes:
    """What a function returns in a child process."""
    answer, theirs = child_process.pipe()

    def tell() -> None:
        theirs.write(child_main())

    pid = child_process.fork(tell, [answer], [theirs], silent=silent)
    with answer:
        told = answer.read(1 << 16)
    assert child_process.exit_status(pid, wait=True) == 0
    return told


def open_files() -> bytes:
    """This process's descriptors, without that of the listing itself."""
    return " ".join(name for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")).encode()


def test_a_child_holds_its_channel_and_no_other_file(tmp_path: Path) -> None:
    """Neither low nor high descriptors, whatever the limit is now; its standard streams are there."""
    with open(tmp_path / "held", "w") as file:
        high = os.dup2(file.fileno(), 900)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (600, hard))  # what is open above it stays open
            held = told_by_child(open_files).split()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            os.close(high)

    assert {b"0", b"1", b"2"} < set(held)
    assert len(held) == 4


def test_a_silent_child_has_null_for_standard_streams() -> None:
    """Who waits for the end of the job's output does not wait for it."""
    told = told_by_child(
        lambda: b" ".join(os.readlink(f"/proc/self/fd/{fd}").encode() for fd in (0, 1, 2)), silent=True
    )

    assert told == b"/dev/null /dev/null /dev/null"


def test_a_channel_in_the_place_of_a_closed_stream() -> None:
    """Where the standard streams were closed, a channel gets their numbers, and works all the same."""
    script = """
import os
from perfmon.linux import child_process
os.close(0); os.close(1)
answer, theirs = child_process.pipe()
assert (answer.fileno(), theirs.fileno()) == (0, 1)
child_process.fork(lambda: theirs.write(b"here") and None, [answer], [theirs], silent=True)
os.write(2, answer.read(10))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=_PATIENCE_SECONDS, check=False)

    assert (done.returncode, done.stderr) == (0, b"here")


def test_closing_takes_as_long_as_there_are_files_open() -> None:
    """Not as long as there may be: without close_range(2) each of 20,000 descriptors would be a system call."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    script = f"""
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({hard}, {hard}))
calls = []
os.closerange = lambda begin, end: calls.append(end - begin)
from perfmon.linux import child_process
child_process.close_other_files([])
print(sum(calls))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=_PATIENCE_SECONDS, check=True)

    assert int(done.stdout) < 20 < hard


def test_files_are_closed_where_there_is_no_proc(tmp_path: Path) -> None:
    """Then all that the limit allows are gone through."""
    script = f"""
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from perfmon.linux import child_process
fd = os.open({str(tmp_path / "held")!r}, os.O_CREAT | os.O_RDWR)
kept = os.dup(fd)
def no_proc(path):
    raise FileNotFoundError(path)
os.listdir = no_proc
child_process.close_other_files([kept])
os.fstat(kept)
try:
    os.fstat(fd)
except OSError:
    print("closed")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=_PATIENCE_SECONDS, check=True)

    assert done.stdout == b"closed\n"


def test_a_child_that_raises_does_not_get_back_into_its_caller(tmp_path: Path) -> None:
    """Neither what the caller handles nor what it cleans up is done twice, and its buffers are not written twice."""
    script = f"""
import sys
from perfmon.linux import child_process
def fail():
    raise {{}}
print("once", end="")
try:
    ours, theirs = child_process.pipe()
    pid = child_process.fork(fail, [ours], [theirs])
finally:
    open({str(tmp_path / "unwound")!r}, "a").write(".")
sys.exit(child_process.exit_status(pid, wait=True))
"""
    for error in ("ValueError('x')", "SystemExit(7)", "KeyboardInterrupt"):
        done = subprocess.run(
            [sys.executable, "-c", script.format(error)], capture_output=True, timeout=_PATIENCE_SECONDS, check=False
        )

        assert (done.returncode, done.stdout, done.stderr) == (1, b"once", b"")
    assert (tmp_path / "unwound").read_text() == "..."


def test_a_child_that_dies_with_its_parent() -> None:
    """Killed at once, though it holds back every signal and waits for ever."""
    script = """
import os, signal, sys
from perfmon.linux import child_process
ours, theirs = child_process.pipe()
pid = child_process.fork(
    signal.pause, [ours], [theirs], blocked=signal.valid_signals(), dies_with_parent=True, silent=True
)
print(pid, flush=True)
ours.read(1)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = os.pidfd_open(int(parent.stdout.readline()))
        assert not select.select([child], [], [], 0)[0]
        parent.send_signal(signal.SIGKILL)
        assert select.select([child], [], [], _PATIENCE_SECONDS)[0]
    os.close(child)


def test_ends_are_closed_where_no_process_is_to_be_had() -> None:
    """So that a recorder which tries again at every tick does not run out of descriptors."""
    script = """
import os, resource
from perfmon.linux import child_process
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
before = os.listdir("/proc/self/fd")
for _ in range(3):
    ours, theirs = child_process.pipe()
    try:
        child_process.fork(lambda: 0, [ours], [theirs])
    except BlockingIOError:
        print(ours.closed and theirs.closed, os.listdir("/proc/self/fd") == before)
"""
    if os.getuid() != 0:
        pytest.skip("only root can become a user who may have no process")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=_PATIENCE_SECONDS, check=True)

    assert done.stdout == b"True True\n" * 3


def test_exit_status_of_a_child() -> None:
    """Its own; none while it runs; 0 where somebody else has waited for it."""
    ours, theirs = child_process.pipe()
    pid = child_process.fork(lambda: time.sleep(_PATIENCE_SECONDS), [ours], [theirs])
    assert child_process.exit_status(pid, wait=False) is None
    os.kill(pid, signal.SIGTERM)

    assert child_process.exit_status(pid, wait=True) == -signal.SIGTERM
    assert child_process.exit_status(pid, wait=True) == 0
    ours.close()


def test_an_interpreter_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would ever say that nothing is recorded."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    ours, theirs = socket.socketpair()

    with pytest.raises(OSError, match="ended with status 1"):
        child_process.spawn("perfmon.recorder.daemon", [], ours, theirs)
    assert (ours.fileno(), theirs.fileno()) == (-1, -1)
