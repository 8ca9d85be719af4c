"""Two hundred kills at random moments: nothing is left running, no run is unreadable, one interval is lost at most."""

from __future__ import annotations

import pytest

from tests.reliability import kills

TICK_SECONDS = 0.02  # what reading and writing one tick may take on a loaded machine


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> list[kills.Left]:
    """What 210 kills left behind: 35 for each recorder and victim."""
    return kills.kill_all(210, 1, tmp_path_factory.mktemp("kills"))


def test_every_run_is_readable_and_whole(left: list[kills.Left]) -> None:
    """Each run reads the same unsealed, sealed and in DuckDB; no process, journal or temporary file is left."""
    problems = [(one.plan, one.problems) for one in left if one.problems]

    assert problems == []
    assert len(left) == 210
    assert sum(one.ticks for one in left) > 2000


def test_one_interval_is_lost_at_most(left: list[kills.Left]) -> None:
    """Between the last tick and the kill lies one interval at most, and the time in which the recorder could not run.

    Only a recorder that was waiting for the disk as it was killed (state D) may have lost more.
    """
    killed = [one for one in left if one.lost_seconds is not None and one.ticks]
    excess = [
        (one.lost_seconds or 0.0) - one.plan.interval - one.kill.waited_seconds
        for one in killed
        if one.kill.state != "D"
    ]

    assert len(killed) > 50
    assert len(excess) >= len(killed) - 2
    assert [seconds for seconds in excess if seconds > TICK_SECONDS] == []


def test_recording_begins_at_once(left: list[kills.Left]) -> None:
    """A recorder that was killed before its first tick had lived for a moment only."""
    before = [one.lost_seconds for one in left if one.lost_seconds is not None and not one.ticks]

    assert [seconds for seconds in before if seconds > 1.0] == []


def test_the_plans_cover_everything() -> None:
    """The same seed makes the same kills, with every recorder, victim and interval among them."""
    planned = list(kills.plans(210, 1))

    assert planned == list(kills.plans(210, 1))
    assert {plan[:3] for plan in planned} == {
        (recorder, victim, interval)
        for recorder in kills.RECORDERS
        for victim in kills.VICTIMS
        for interval in kills.INTERVALS
    }
