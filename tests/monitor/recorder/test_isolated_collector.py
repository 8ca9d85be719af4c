"""When a source that can hang is asked, and when it rests."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfmon.collector import Answer, Reading, Target, Tick
from perfmon.linux.process_tree import Tree
from perfmon.recorder.isolated_collector import IsolatedCollector
from perfmon.store.journal import parse
from perfmon.store.reasons import Unknown
from perfmon.store.run_clock import Stamp


class Slow:
    """A source that takes 20 ms for the answers whose numbers stand in `slow`, and no time for the others."""

    source = "slow"
    can_hang = True
    pace = 0.0
    last_seconds = 2.0
    slow: tuple[int, ...] = ()
    rest_seconds = 0.0
    sleep_seconds = 0.0
    unknown: tuple[Unknown, ...] = ()
    dies = False

    def __init__(self, target: Target) -> None:
        del target
        self._answers = 0

    @classmethod
    def probe(cls) -> None:
        """Always there."""

    def open(self) -> dict[str, object]:
        """Nothing to get ready."""
        return {}

    def collect(self, tick: Tick) -> Reading:
        """Answer, in its own time."""
        del tick
        self._answers += 1
        end = time.perf_counter() + 0.02 * (self._answers in self.slow)
        while time.perf_counter() < end:
            pass
        if self.dies:
            os._exit(1)
        rests = (self.rest_seconds, self.sleep_seconds)
        return Reading([("folder", {"path": "a\nb"}), ("event", {"kind": "x"})], self.unknown, {}, *rests)


def answered(*questions: tuple[float, Tick, bool]) -> list[bool]:
    """Whether a source answered at each of these times; with True the job has written something before."""
    now = 0.0
    isolated = IsolatedCollector(Slow, Target(Tree(os.getpid(), include_top=True), (), (), 0.0, ""), lambda: now)
    got = []
    try:
        assert _next(isolated, seconds=5)
        for now, tick, has_written in questions:
            isolated.ask(Stamp(0, now), tick)
            if has_written:
                isolated.wake(Stamp(0, now), tick)
            got.append(_next(isolated, seconds=5))
    finally:
        isolated.end()
    return got


@pytest.mark.parametrize(
    ("slow", "expected"),
    [((), [True] * 4), ((2,), [True] * 4), ((2, 3), [True, True, True, False])],
)
def test_a_source_that_is_slow_twice_rests(
    monkeypatch: pytest.MonkeyPatch, slow: tuple[int, ...], expected: list[bool]
) -> None:
    """One slow answer is a hiccup, which is no reason to keep silent; the second in a row is a habit."""
    monkeypatch.setattr(Slow, "slow", slow)

    assert answered(*((0.5 * number, Tick(), False) for number in range(1, 5))) == expected


def test_an_answer_that_is_taken_in_late_costs_no_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source rests from when it was asked: an answer that lay there until the next tick does not lose that one."""
    monkeypatch.setattr(Slow, "slow", (1, 2, 3, 4))
    now = 0.0
    isolated = IsolatedCollector(Slow, Target(Tree(os.getpid(), include_top=True), (), (), 0.0, ""), lambda: now)
    got = []
    try:
        assert _next(isolated, seconds=5)
        for tick in range(4):
            now = 8.0 * tick
            isolated.ask(Stamp(0, now), Tick())
            now += 7.99
            got.append(_next(isolated, seconds=5))
    finally:
        isolated.end()

    assert got == [True] * 4


def test_a_source_in_which_nothing_moves_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not asked again for as long as it said, but for the last tick."""
    monkeypatch.setattr(Slow, "rest_seconds", 0.9)
    times = ((1.0, False), (1.5, False), (1.9, False), (2.0, True))

    assert answered(*((now, Tick(last=last), False) for now, last in times)) == [True, False, True, True]


def test_what_the_job_writes_wakes_a_source_that_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sleeps for as long as it said, but once its rest is over it is asked for if the job has written meanwhile."""
    monkeypatch.setattr(Slow, "rest_seconds", 0.9)
    monkeypatch.setattr(Slow, "sleep_seconds", 4.9)
    times = ((1.0, False), (3.0, False), (3.5, True), (4.0, True), (5.0, False), (9.95, False))

    expected = [True, False, True, False, True, True]
    assert answered(*((now, Tick(), has_written) for now, has_written in times)) == expected


def test_rows_come_as_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row carries the stamp of the tick that asked, and what is unknown stays so until it is told otherwise."""
    gone = Unknown("a", None, "not_found", "it is gone")
    now = 0.0
    monkeypatch.setattr(Slow, "unknown", (gone,))
    isolated = IsolatedCollector(Slow, Target(Tree(os.getpid(), include_top=True), (), (), 0.0, ""), lambda: now)
    answers = []
    try:
        assert _next(isolated, seconds=5)
        for number in (1, 2):
            now = 5.0 * number
            isolated.ask(Stamp(number, 0.5 * number), Tick((7, 8)))
            answers.append(_answer(isolated, seconds=5))
    finally:
        isolated.end()

    assert [answer.reading.unknown for answer in answers if answer] == [[gone], [gone]]
    assert answers[1] is not None
    assert parse(answers[1].lines.splitlines(keepends=True)).rows == {
        "folder": [{"time": 2, "t": 1.0, "path": "a\nb"}],
        "event": [{"time": 2, "t": 1.0, "begin_t": 1.0, "end_t": 1.0, "kind": "x"}],
    }


def test_a_source_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ends instead of answering is an answer too."""
    monkeypatch.setattr(Slow, "dies", True)
    isolated = IsolatedCollector(Slow, Target(Tree(os.getpid(), include_top=True), (), (), 0.0, ""), lambda: 0.0)
    try:
        assert _next(isolated, seconds=5)
        isolated.ask(Stamp(1, 1.0), Tick())
        answer = _answer(isolated, seconds=5)
    finally:
        isolated.end()

    assert answer is not None
    assert answer.failure is not None
    assert answer.failure.detail == "the process that reads slow has died"


def _next(isolated: IsolatedCollector, *, seconds: float) -> bool:
    """Whether an answer comes within this time."""
    return _answer(isolated, seconds=seconds) is not None


def _answer(isolated: IsolatedCollector, *, seconds: float) -> Answer | None:
    """The answer, if it comes within this time."""
    fileno = isolated.fileno()
    if fileno is not None:
        select.select([fileno], [], [], seconds)
    come = isolated.answer()
    return come[1] if come else None


class Paced(Slow):
    """A source that is to be asked every 9.5 s."""

    pace = 9.5


def test_a_source_that_is_seldom_asked_has_no_process_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process is started when it is first to be asked; a run that ends before does without."""
    now = 0.0
    tree = Tree(os.getpid(), include_top=True)
    isolated = IsolatedCollector(Paced, Target(tree, (), (), 0.0, ""), lambda: now)
    try:
        for now, last in ((0.0, False), (0.3, False), (0.4, True)):
            isolated.ask(Stamp(0, now), Tick(last=last))
            assert (isolated.fileno(), isolated.has_pending_last, tree.excluded) == (None, False, set())
        now = 1.0
        isolated.ask(Stamp(0, now), Tick())
        assert len(tree.excluded) == 1
        stamps: list[Stamp | None] = []
        while len(stamps) < 2:
            select.select([fd for fd in [isolated.fileno()] if fd is not None], [], [], 10)
            stamps += [come[0] for come in [isolated.answer()] if come]
        assert stamps == [None, Stamp(0, 1.0)]
    finally:
        isolated.end()


RECORDER = """
import gc, os, sys
from perfmon.store.run_json import Labels
from perfmon.recorder.recorder import Recorder
from perfmon.store.run_folder import create
from perfmon.linux.process_tree import Tree

run = create(sys.argv[1], Labels(stage="s"), {}, command=["x"], interval=1.0, folders=[], gpus="none")
Recorder(run, Tree(os.getpid(), include_top=True))
print(gc.get_freeze_count())
"""


def test_helpers_share_what_is_loaded(tmp_path: Path) -> None:
    """What a recorder has loaded is out of the garbage collector's reach, which would make each helper copy it."""
    words = [sys.executable, "-c", RECORDER, str(tmp_path / "runs")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)

    assert int(done.stdout) > 1000
