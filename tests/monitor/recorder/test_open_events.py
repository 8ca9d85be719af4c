"""What is not known is told once when it begins and once when it ends."""

from __future__ import annotations

from perfmon.recorder.open_events import OpenEvents
from perfmon.store.reasons import Unknown

POWER = Unknown("GPU-1", "power_watts", "unsupported", "NVML: Not Supported")


def test_one_row_at_each_end() -> None:
    """A value that stays unknown gives no further row, and one when it is known again."""
    events = OpenEvents()
    begun = events.update("null", "gpu", 1.0, [POWER])
    between = events.update("null", "gpu", 2.0, [POWER])
    ended = events.update("null", "gpu", 3.0, [])

    assert [row["end_t"] for _, row in begun] == [None]
    assert between == []
    assert [(row["begin_t"], row["end_t"], row["column_name"], row["entity"]) for _, row in ended] == [
        (1.0, 3.0, "power_watts", "GPU-1")
    ]


def test_sources_do_not_end_each_others_gaps() -> None:
    """An answer of one source says nothing about another's events."""
    events = OpenEvents()
    events.update("null", "gpu", 1.0, [POWER])

    assert events.update("null", "job", 2.0, []) == []
    assert events.update("error", "gpu", 2.0, []) == []


def test_the_runs_end_ends_them_all() -> None:
    """Closing gives every open gap its end, once."""
    events = OpenEvents()
    events.update("null", "gpu", 1.0, [POWER])

    assert [row["end_t"] for _, row in events.close(9.0)] == [9.0]
    assert events.close(10.0) == []
