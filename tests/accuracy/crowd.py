"""A crowd: a program of many processes, most of which come and go while it is recorded."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import mmap
import os
import resource
import signal
import struct
import time
from functools import partial

from tests.accuracy.work import burn, fork

TICK_SECONDS = 0.5
_SLEEPERS, _PLACES = 300, 200
OTHERS = _SLEEPERS + 2  # with the program itself and its launcher
_SECONDS = 6.0
_LIVES = 4000  # at most
_LIFE = struct.Struct("ddd")  # begin and end, and CPU seconds


def crowded() -> dict[str, float]:
    """500 processes, 200 of which live for half a tick to four and are followed by others; each tenth is a daemon."""
    book = mmap.mmap(-1, _LIVES * _LIFE.size)  # shared with all of them
    sleepers = [fork(lambda: time.sleep(600)) for _ in range(_SLEEPERS)]
    lives, cost = _follow_each_other(book)
    time.sleep(4 * TICK_SECONDS)  # until the last of them has ended
    for pid in sleepers:
        os.kill(pid, signal.SIGKILL)
    _wait_for_all(0)
    told = [_LIFE.unpack_from(book, life * _LIFE.size) for life in range(lives)]
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    used = sum(usage.ru_utime + usage.ru_stime for usage in usages) + sum(cpu for _, _, cpu in told[::10])
    truth = {"lives": lives, "tick_cpu_seconds": cost, "cpu_seconds": used}
    for life, (begin, end, _) in enumerate(told):
        truth |= {f"begin_{life}": begin, f"end_{life}": end}
    return truth


def _follow_each_other(book: mmap.mmap) -> tuple[int, float]:
    """Keep all places taken; how many have lived, and what a tick cost the process that samples meanwhile (median)."""
    begin = time.monotonic()
    free = [(begin, place) for place in range(_PLACES)]  # when each place will be
    lives, ticks = 0, [_recorder_cpu_seconds()]
    while free[0][0] < begin + _SECONDS:
        time.sleep(max(free[0][0] - time.monotonic(), 0.0))
        end = time.monotonic() + TICK_SECONDS * (0.5 + 3.5 * (lives * 0.618 % 1))
        life = partial(_live, book, lives, end)
        fork(life if lives % 10 else partial(fork, life))
        heapq.heapreplace(free, (end, lives))
        lives += 1
        _wait_for_all(os.WNOHANG)
        if time.monotonic() > begin + len(ticks) * TICK_SECONDS:
            ticks.append(_recorder_cpu_seconds())
    costs = sorted(after - before for before, after in itertools.pairwise(ticks))
    return lives, costs[len(costs) // 2]


def _live(book: mmap.mmap, number: int, end: float) -> None:
    """Wait for one's end, burn a little, and write down when one was there, and the CPU time that it took."""
    begin = time.monotonic()
    time.sleep(max(end - begin, 0.0))
    burn(0.003)
    _LIFE.pack_into(book, number * _LIFE.size, begin, time.monotonic(), time.process_time())


def _wait_for_all(options: int) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


def _recorder_cpu_seconds() -> float:
    """What the process that samples has used so far."""
    with open(os.path.join(os.environ["PERFMON_RUN"], "run.json")) as file:
        pid = json.load(file)["recorder"]["pid"]
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9
