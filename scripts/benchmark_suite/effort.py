"""How long each part may take: the full measurement, or a quick look that finds faults in the suite itself."""

from __future__ import annotations

from typing import NamedTuple


class Effort(NamedTuple):
    """Rounds in which the tools take turns, and for how many seconds each is watched."""

    rounds: int
    startup_rounds: int
    windows: dict[float, float]  # seconds by ticks per second
    still_seconds: float  # over which drift is looked for
    busy_seconds: float
    disk_ticks: int
    samples: int  # that are plotted
    hour_seconds: int  # less than an hour, where the hour is cut short
    is_quick: bool


FULL = Effort(
    rounds=2,
    startup_rounds=15,
    windows={1.0: 15.0, 2.0: 3.0, 10.0: 2.0, 100.0: 1.0},
    still_seconds=60.0,
    busy_seconds=9.0,
    disk_ticks=3600,
    samples=1_000_000,
    hour_seconds=3600,
    is_quick=False,
)
QUICK = Effort(
    rounds=1,
    startup_rounds=3,
    windows={1.0: 1.0, 2.0: 1.0, 10.0: 0.5, 100.0: 0.3},
    still_seconds=3.0,
    busy_seconds=2.0,
    disk_ticks=100,
    samples=20_000,
    hour_seconds=30,
    is_quick=True,
)
