"""Timed batches: what is written of them, and what of them is lost."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import PERFMON
from tests.monitor.instrument.test_run import pipeline, query

RUN = (PERFMON, "run", "--quiet", "--gpu", "none", "--")


def test_every_row_stands_alone(tmp_path: Path) -> None:
    """Held rows carry the time of their own batch's end, a series of any name, and the items where they are known."""
    code = """
import time
def items(batch):
    return {0: 4, 1: 2.0, 2: None}[batch]
begin = time.time_ns()
for batch in perfmon.timed(range(3), series='5 % of "L15"', items=items):
    time.sleep(0.02)
for batch in perfmon.timed([0], items=32):
    pass
print(begin, time.time_ns())
"""
    done = pipeline(tmp_path, code, *RUN)
    begin, end = map(int, done.stdout.split())
    held = query(
        tmp_path,
        f"select bool_and(epoch_ns(time) between {begin - 1_000_000} and {end}), "  # cut off to 1 ms
        "max(epoch_ns(time) / 1e9 - t) - min(epoch_ns(time) / 1e9 - t) < 0.0013, "
        "bool_and(seconds between 0.02 and 1), bool_and(wait_seconds between 0 and 1) "
        "from batch where series is not null",
    )

    assert query(tmp_path, "select series, batch, items from batch") == [
        ('5 % of "L15"', 0, 4),
        ('5 % of "L15"', 1, 2),
        ('5 % of "L15"', 2, None),
        (None, 0, 32),
    ]
    assert held == [(True, True, True, True)]


def test_a_killed_pipeline_loses_a_hundred_at_most(tmp_path: Path) -> None:
    """Batches are written by the hundred, if not earlier, so that a kill -9 costs no more."""
    code = """
import os
for batch in perfmon.timed(range(250)):
    if batch == 249:
        os.kill(os.getpid(), 9)
"""
    done = pipeline(tmp_path, code, *RUN)
    numbers = [number for (number,) in query(tmp_path, "select batch from batch")]

    assert done.returncode == 128 + 9
    assert numbers == list(range(len(numbers)))
    assert 200 <= len(numbers) < 250


def test_slow_batches_are_written_within_a_second(tmp_path: Path) -> None:
    """What was noted a second ago is written with the next batch, however few there are."""
    code = """
import os, time
for batch in perfmon.timed([0.6, 0.6, 0]):
    if not batch:
        os.kill(os.getpid(), 9)
    time.sleep(batch)
"""
    pipeline(tmp_path, code, *RUN)

    assert query(tmp_path, "select batch from batch") == [(0,), (1,)]


def test_batches_before_a_fork_are_the_parents(tmp_path: Path) -> None:
    """A child forked inside the loop goes on timing, and does not write again what its parent will."""
    code = """
import os
for batch in perfmon.timed(range(4)):
    if batch == 1:
        child = os.fork()
if child:
    os.waitpid(child, 0)
"""
    pipeline(tmp_path, code, *RUN)

    assert query(tmp_path, "select batch, count(*) from batch group by batch order by batch") == [
        (0, 1),
        (1, 2),
        (2, 2),
        (3, 2),
    ]
