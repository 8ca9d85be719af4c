"""When a source that can hang is asked, and when it rests."""

from __future__ import annotations

import os
import select
import time

import pytest

from perfmon.collector import Reading, Target, Tick
from perfmon.helped import Helped
from perfmon.run_clock import Stamp
from perfmon.tree import Tree


class Slow:
    """A source that takes 20 ms for the answers whose numbers stand in `slow`, and no time for the others."""

    source = "slow"
    can_hang = True
    pace = 0.0
    last_seconds = 2.0
    slow: tuple[int, ...] = ()
    rest_seconds = 0.0

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
        return Reading(rest_seconds=self.rest_seconds)


@pytest.mark.parametrize(
    ("slow", "answered"),
    [((), [True] * 4), ((2,), [True] * 4), ((2, 3), [True, True, True, False])],
)
def test_a_source_that_is_slow_twice_rests(
    monkeypatch: pytest.MonkeyPatch, slow: tuple[int, ...], answered: list[bool]
) -> None:
    """One slow answer is a hiccup, which is no reason to keep silent; the second in a row is a habit."""
    monkeypatch.setattr(Slow, "slow", slow)
    now = 0.0
    helped = Helped(Slow, Target(Tree(os.getpid(), include_top=True), (), (), 0.0, ""), lambda: now)
    got = []
    try:
        assert _next(helped, seconds=5)
        for _ in answered:
            now += 0.5
            helped.ask(Stamp(0, now), Tick())
            got.append(_next(helped, seconds=5))
    finally:
        helped.end()

    assert got == answered


def test_an_answer_that_is_taken_in_late_costs_no_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source rests from when it was asked: an answer that lay there until the next tick does not lose that one."""
    monkeypatch.setattr(Slow, "slow", (1, 2, 3, 4))
    now = 0.0
    helped = Helped(Slow, Target(Tree(os.getpid(), include_top=True), (), (), 0.0, ""), lambda: now)
    got = []
    try:
        assert _next(helped, seconds=5)
        for tick in range(4):
            now = 8.0 * tick
            helped.ask(Stamp(0, now), Tick())
            now += 7.99
            got.append(_next(helped, seconds=5))
    finally:
        helped.end()

    assert got == [True] * 4


def test_a_source_in_which_nothing_moves_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not asked again for as long as it said, but for the last tick."""
    monkeypatch.setattr(Slow, "rest_seconds", 0.9)
    now = 0.0
    helped = Helped(Slow, Target(Tree(os.getpid(), include_top=True), (), (), 0.0, ""), lambda: now)
    got = []
    try:
        assert _next(helped, seconds=5)
        for now, last in ((1.0, False), (1.5, False), (1.9, False), (2.0, True)):
            helped.ask(Stamp(0, now), Tick(last=last))
            got.append(_next(helped, seconds=5))
    finally:
        helped.end()

    assert got == [True, False, True, True]


def _next(helped: Helped, *, seconds: float) -> bool:
    """Whether an answer comes within this time."""
    fileno = helped.fileno()
    if fileno is not None:
        select.select([fileno], [], [], seconds)
    return helped.answer() is not None
