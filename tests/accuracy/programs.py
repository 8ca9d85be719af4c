"""Programs whose use of the machine is known: each returns the truth about itself.

`programs.py NAME ANSWER` runs one of them in the folder that it may fill, and writes what it says to ANSWER as JSON.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # where `tests` lies: Python is told to look nowhere else

from tests.accuracy.crowd import crowded
from tests.accuracy.work import burn, fork

if TYPE_CHECKING:
    from collections.abc import Callable

Truth = dict[str, float]

MB = 1_000_000
HOLD_SECONDS = 1.0
TICK_SECONDS = 0.2  # the interval at which all are recorded, except the spike and the crowd


def _take(size: int) -> mmap.mmap:
    """Memory of so many bytes, each page of it touched."""
    return mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)


def _kib(path: str, name: str) -> int:
    with open(path) as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))


def _pss(pids: list[int]) -> int:
    return sum(_kib(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in pids)


def _sleep() -> None:
    time.sleep(2.2 * TICK_SECONDS)


def touched() -> Truth:
    """300 MB are held for a second."""
    before = _kib("/proc/self/status", "VmRSS:")
    held = _take(300 * MB)
    time.sleep(HOLD_SECONDS)
    return {"peak_bytes": before + len(held)}


def allocated() -> Truth:
    """2 GB are mapped, but only 100 MB of them are touched."""
    before = _kib("/proc/self/status", "VmRSS:")
    mapped = mmap.mmap(-1, 2000 * MB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    held = _take(100 * MB)
    time.sleep(HOLD_SECONDS)
    mapped.close()
    return {"peak_bytes": before + len(held)}


def spiked() -> Truth:
    """600 MB are there for 0.3 s, between two ticks of a second."""
    before = _kib("/proc/self/status", "VmRSS:")
    time.sleep(1.2 - time.time() % 1)
    held = _take(600 * MB)
    size = len(held)
    time.sleep(0.3)
    held.close()
    time.sleep(HOLD_SECONDS)
    return {"peak_bytes": before + size}


def shared() -> Truth:
    """400 MB are shared by eight forked workers: what they add to the tree is 400 MB, however one counts."""

    def tree_pss() -> int:
        workers = [fork(lambda: time.sleep(HOLD_SECONDS)) for _ in range(8)]
        time.sleep(HOLD_SECONDS / 2)
        pss = _pss([os.getppid(), os.getpid(), *workers])
        for _ in workers:
            os.wait()
        return pss

    without = tree_pss()
    held = _take(400 * MB)
    return {"pss_bytes": without + len(held), "kernel_pss_bytes": tree_pss()}


def apart() -> Truth:
    """Four programs hold 200 MB each at the same time, and share nothing but their libraries."""
    (go, going), (told, ready) = os.pipe(), os.pipe()
    streams = [(os.POSIX_SPAWN_DUP2, go, 0), (os.POSIX_SPAWN_DUP2, ready, 1)]
    words = [sys.executable, "-EsS", __file__, "_hold", os.devnull]
    holders = [os.posix_spawn(words[0], words, os.environ, file_actions=streams) for _ in range(4)]
    for _ in holders:
        os.read(told, 1)
    time.sleep(HOLD_SECONDS)
    pss = _pss([os.getppid(), os.getpid(), *holders])
    os.close(going)
    for _ in holders:
        os.wait()
    return {"tree_bytes": pss}


def _hold() -> Truth:
    """200 MB are held until standard input ends, by one of four."""
    held = _take(200 * MB)
    os.write(1, b".")
    os.read(0, 1)
    return {"bytes": len(held)}


def escaped() -> Truth:
    """200 MB are held by a daemon: a process that forked twice and left the session."""
    read, write = os.pipe()

    def leave() -> None:
        if os.fork():
            return
        os.setsid()
        held = _take(200 * MB)
        time.sleep(HOLD_SECONDS)
        os.write(write, str(_kib("/proc/self/status", "VmHWM:")).encode())
        held.close()

    os.waitpid(fork(leave), 0)
    return {"peak_bytes": int(os.read(read, 100))}


def burnt() -> Truth:
    """2 s of CPU in one process, and 2 s in twenty children that each live shorter than a tick."""
    for _ in range(20):
        os.waitpid(fork(lambda: burn(0.1 - time.process_time())), 0)  # what it took to become a process is in it
    burn(2.0)
    return {"cpu_seconds": time.process_time() + 20 * 0.1}  # ours has the interpreter's start and the forks in it


def burnt_apart() -> Truth:
    """3 s of CPU in a daemon that nobody but the recorder waits for."""
    read, write = os.pipe()

    def leave() -> None:
        if os.fork():
            return
        os.setsid()
        burn(3.0)

    start = time.process_time()
    os.waitpid(fork(leave), 0)
    os.close(write)
    os.read(read, 1)  # ends with the daemon, which holds the other end
    time.sleep(TICK_SECONDS)
    return {"cpu_seconds": start + 3.0}


def written() -> Truth:
    """50 MB stay, 30 MB are removed, one file of 1 GB has 8 MB in it, and one has two names."""
    _write("kept", 50 * MB)
    _write("removed", 30 * MB)
    time.sleep(2 * TICK_SECONDS)
    os.unlink("removed")
    with open("sparse", "wb") as file:
        file.truncate(1000 * MB)
    _write("sparse", 8 * MB, mode="r+b")
    os.link("kept", "again")
    time.sleep(2 * TICK_SECONDS)
    statuses = [os.stat(name) for name in ("kept", "sparse")]
    return {
        "written_bytes": 88 * MB,
        "growth_bytes": sum(status.st_blocks * 512 for status in statuses),
        "apparent_bytes": 1050 * MB,
        "files": 2,
    }


def rewritten() -> Truth:
    """20 MB are written three times over: they take the space of 20 MB."""
    for _ in range(3):
        _write("checkpoint", 20 * MB)
        time.sleep(TICK_SECONDS)
    return {"amplification": 3.0}


def _write(name: str, size: int, *, mode: str = "wb") -> None:
    with open(name, mode) as file:
        file.writelines(os.urandom(MB) for _ in range(size // MB))
        file.flush()
        os.fsync(file.fileno())


def read() -> Truth:
    """50 MB are read from the disk, after the page cache has let go of them."""
    _write("data", 50 * MB)
    with open("data", "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while file.read(MB):
            pass
    return {"read_bytes": 50 * MB}


def born() -> Truth:
    """Ten processes one after another, each for 2.2 ticks, made in five different ways."""
    ways: tuple[Callable[[], None], ...] = (_forked, _in_session, _daemon, _by_thread, _spawned)
    truth: Truth = {"seen": 0}
    for way in ways * 2:
        time.sleep(2 * TICK_SECONDS)
        truth[f"begin_{truth['seen']:.0f}"] = time.monotonic()
        way()
        truth[f"end_{truth['seen']:.0f}"] = time.monotonic()
        truth["seen"] += 1
    time.sleep(TICK_SECONDS)
    return truth


def _forked() -> None:
    os.waitpid(fork(_sleep), 0)


def _in_session() -> None:
    def leave() -> None:
        os.setsid()
        _sleep()

    os.waitpid(fork(leave), 0)


def _daemon() -> None:
    os.waitpid(fork(lambda: fork(_sleep)), 0)
    _sleep()


def _by_thread() -> None:
    thread = threading.Thread(target=_forked)
    thread.start()
    thread.join()


def _spawned() -> None:
    words = ["sleep", str(2.2 * TICK_SECONDS)]
    os.waitpid(os.posix_spawnp(words[0], words, os.environ), 0)


PROGRAMS = (
    *(touched, allocated, spiked, shared, apart, escaped, burnt, burnt_apart),
    *(written, rewritten, read, born, crowded),
)

if __name__ == "__main__":
    _truth = {program.__name__: program for program in (*PROGRAMS, _hold)}[sys.argv[1]]()
    with open(sys.argv[2], "w") as _file:
        json.dump(_truth, _file)
