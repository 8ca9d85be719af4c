"""Whether the disk is full, or soon will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon.store.run_json import RUNNING
from perfmon_analyze.derive import rates
from perfmon_analyze.findings.finding import ADVICE, PROBLEM
from perfmon_analyze.findings.subject import Detection, NotJudged
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.text.humanize import format_bytes, format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.findings.subject import Subject

_WINDOW_SECONDS = 600.0


def disk_full(subject: Subject) -> Iterator[Detection]:
    """The file system of a watched folder had no room left."""
    for path, t, free in _folders(subject):
        if free.min() <= at("disk_free"):
            when = float(t[free <= at("disk_free")][0])
            yield Detection(
                PROBLEM,
                f"The file system of {path} had {format_bytes(float(free.min()))} left after {format_duration(when)}.",
                "Files written then may be cut short. Make room, and see whether checkpoints are whole.",
                when,
                float(t[-1]),
                {"path": path, "free_bytes": float(free.min())},
            )


def disk_filling(subject: Subject) -> Iterator[Detection]:
    """At the pace of the recording's last half the disk is full before long: in a day, or in another such run."""
    is_running = subject.facts.get("state") == RUNNING
    soon = at("disk_time") if is_running else subject.end
    for path, all_t, all_free in _folders(subject):
        t, free = subject.steady(all_t, all_free, f"free space of {path}")
        window = max(_WINDOW_SECONDS, subject.end / 2)
        left = float(rates.seconds_to_full(t, free, window)[-1])
        if free.min() > at("disk_free") and left < soon:
            begin = float(max(t[0], t[-1] - window))
            full = "is full" if is_running else "would be full"
            yield Detection(
                PROBLEM if is_running else ADVICE,
                f"The file system of {path} has {format_bytes(float(free[-1]))} left and {full} "
                f"{format_duration(left)} after the last sample, "
                f"at the pace of the {format_duration(float(t[-1]) - begin)} before it.",
                "Make room, keep fewer checkpoints, or write elsewhere.",
                begin,
                float(t[-1]),
                {"path": path, "free_bytes": float(free[-1]), "seconds_to_full": left, "samples": float(len(t))},
            )


def _folders(subject: Subject) -> list[tuple[str, Array, Array]]:
    """Each watched folder with the space that is free around it; of folders with the same, the first.

    Raises:
        NotJudged: it is not known of any.
    """
    t, free = subject.columns("folder", "free_bytes")
    codes, paths = subject.codes("folder", "path")
    found: dict[bytes, tuple[str, Array, Array]] = {}
    for one in np.unique(codes):
        rows = (codes == one) & np.isfinite(free)
        if rows.any():
            found.setdefault(free[rows].tobytes(), (str(paths[one]), t[rows], free[rows]))
    if not found:
        raise NotJudged("no folder was watched whose free space is known")
    return list(found.values())
