"""What a list says of each run."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

from perfmon.store import clock
from perfmon_analyze.browse import catalog
from perfmon_analyze.browse.fields import KINDS, RunFields

if TYPE_CHECKING:
    from tests.analyze.browse.conftest import Begin

NOW = clock.parse_utc("2026-11-22T18:44:00Z")


def row(begin: Begin, **known: Any) -> RunFields:
    """The fields of one run that began at 18:43:00.5."""
    return RunFields(catalog.read(str(begin(**known))), -1, NOW)


def test_a_run_that_ended(begin: Begin) -> None:
    """Base units; the names carry the units."""
    one = row(
        begin,
        duration_seconds=12.5,
        exit_status=0,
        peak={"rss_bytes": 5, "pss_bytes": 3, "tree_at_least_bytes": 4, "vram_bytes": 6},
        totals={"cpu_user_seconds": 1.5, "cpu_system_seconds": 0.25, "gpu_busy_ratio": 0.5},
        tags={"lr": "1e-3"},
    )
    told = one.as_json()

    assert list(told) == [*KINDS, "tags", "config"]
    assert (told["peak_memory_bytes"], told["peak_rss_bytes"], told["peak_vram_bytes"]) == (4, 5, 6)
    assert (told["cpu_seconds"], told["gpu_busy_ratio"], told["duration_seconds"]) == (1.75, 0.5, 12.5)
    assert (told["command"], told["age_seconds"], told["state"]) == ("'a b' c", 59.5, "finished")
    assert (one["tags.lr"], one["tags.other"], told["tags"]) == ("1e-3", None, {"lr": "1e-3"})


def test_a_run_that_goes_on(begin: Begin) -> None:
    """It has taken as long as it is old."""
    recorder = {"pid": os.getpid(), "start_ticks": clock.start_ticks(os.getpid())}
    one = row(begin, state="running", recorder=recorder, boot_id=clock.boot_id())

    assert (one["state"], one["recorder"], one["duration_seconds"]) == ("running", "alive", 59.5)


def test_a_run_whose_recorder_died(begin: Begin) -> None:
    """It is lost, and how long it lasted is not known until it is sealed."""
    recorder = {"pid": os.getpid(), "start_ticks": -1}
    one = row(begin, state="running", recorder=recorder, boot_id=clock.boot_id())

    assert (one["state"], one["recorder"], one["duration_seconds"]) == ("lost", "dead", None)


def test_a_run_of_another_machine(begin: Begin) -> None:
    """It runs as far as one can tell, and that one cannot see it is told."""
    one = row(begin, state="running", recorder={"pid": 1, "start_ticks": 1})

    assert (one["state"], one["recorder"]) == ("running", "elsewhere")


def test_facts_of_strange_types(begin: Begin) -> None:
    """They are not known."""
    strange: dict[str, Any] = {"stage": [], "duration_seconds": "1", "exit_status": True, "tags": 3, "peak": []}
    told = row(begin, **strange, config={"a": [math.nan]}).as_json()

    assert [told[name] for name in ("stage", "duration_seconds", "exit_status", "peak_rss_bytes")] == [None] * 4
    assert (told["tags"], told["config"]) == ({}, {"a": [None]})
