"""A run that is looked at again and again."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from perfmon.store import clock, run_json
from perfmon_analyze.live.session import WatchSession
from tests.analyze.run_factory import job_rows

if TYPE_CHECKING:
    from tests.analyze.conftest import MakeRun


def test_from_the_first_row_to_the_end(make_run: MakeRun) -> None:
    """New rows and facts are seen; the clock that tells how long nothing came is the watcher's own."""
    now = [100.0]
    alive = {"pid": os.getpid(), "start_ticks": clock.start_ticks(os.getpid())}
    begin = datetime.now(UTC).isoformat()
    known = {"state": "running", "recorder": alive, "boot_id": clock.boot_id(), "begin_time": begin}
    folder = make_run(tables={"job": job_rows([1, 2])}, sealed=False, known=known)
    watching = WatchSession(str(folder), monotonic=lambda: now[0])
    watching.refresh()
    assert (watching.is_over, watching.state.t, watching.is_stale) == (False, 1.0, False)

    now[0] += 30.0
    watching.refresh()
    assert (watching.quiet_seconds, watching.is_stale) == (30.0, True)

    run_json.write_facts(str(folder), run_json.read_facts(str(folder)) | {"state": "failed"})
    watching.refresh()
    assert (watching.is_over, watching.is_stale, watching.row["state"]) == (True, False, "failed")


def test_a_run_of_which_nothing_came_for_hours(make_run: MakeRun) -> None:
    """That is told at the first look, though nobody looked before: a recorder elsewhere may have died unseen."""
    known = {"state": "running", "begin_time": (datetime.now(UTC) - timedelta(hours=3)).isoformat(), "boot_id": "b"}
    watching = WatchSession(str(make_run(tables={"job": job_rows([1] * 61)}, sealed=False, known=known)))
    watching.refresh()

    assert watching.is_stale
    assert 10_600 < watching.quiet_seconds < 10_800


def test_a_recorder_that_died(make_run: MakeRun) -> None:
    """The run is over, though its facts say that it runs."""
    known = {"state": "running", "recorder": {"pid": os.getpid(), "start_ticks": -1}, "boot_id": clock.boot_id()}
    watching = WatchSession(str(make_run(tables={"job": job_rows([1])}, sealed=False, known=known)))

    assert watching.is_over
