"""Memory of the job: whether it creeps, was swapped out, or ran out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon.store.run_json import RUNNING
from perfmon_analyze.findings.finding import ADVICE, PROBLEM
from perfmon_analyze.findings.subject import Detection, NotJudged
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.findings.trend import trend
from perfmon_analyze.text.humanize import format_bytes, format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.findings.subject import Subject

_OUT_OF_MEMORY = "out_of_memory"  # cause of `ending` in run.json
_DAY_SECONDS = 24 * 3600.0


def memory_creep(subject: Subject) -> Iterator[Detection]:
    """RSS goes on growing in every quarter of the time, at a pace whose interval leaves out 0."""
    t, rss = subject.columns("job", "rss_bytes")
    t, rss = subject.steady(t, rss, "RSS")
    try:
        found = trend(t, rss)
    except ValueError as error:
        raise NotJudged(str(error)) from error
    least = max(at("creep_bytes"), at("creep_share") * found.quarters[0])
    if found.low <= 0 or found.growth < least or not found.rises_throughout(at("creep_quarter")):
        return
    room, whose = _room(subject, float(rss[-1]))
    left = room / found.slope
    hourly = [3600 * pace for pace in (found.slope, found.low, found.high)]
    yield Detection(
        PROBLEM if left < _soon(subject) else ADVICE,
        f"Memory creeps up by {format_bytes(hourly[0])} an hour "
        f"(95 % interval {format_bytes(hourly[1])} to {format_bytes(hourly[2])}); "
        f"{whose} is reached {format_duration(left)} after the last sample if it goes on.",
        "Look for what is kept: results in a list, tensors with their graph, caches without a limit.",
        float(t[0]),
        float(t[-1]),
        {
            "bytes_per_second": found.slope,
            "low_bytes_per_second": found.low,
            "high_bytes_per_second": found.high,
            "growth_bytes": found.growth,
            "room_bytes": room,
            "seconds_to_limit": left,
            "samples": float(len(t)),
        },
    )


def _soon(subject: Subject) -> float:
    """Seconds within which a limit matters: a day while the job goes on, else another run like it."""
    return _DAY_SECONDS if subject.facts.get("state") == RUNNING else subject.end


def _room(subject: Subject, rss: float) -> tuple[float, str]:
    """Bytes between the job and what stops it, and what that is."""
    limits = subject.columns("job", "memory_limit_bytes")[1]
    allocated = (subject.facts.get("hardware") or {}).get("allocation", {}).get("memory_bytes")
    known = [float(limit) for limit in (*limits[np.isfinite(limits)][-1:], allocated) if limit]
    if known:
        return max(min(known) - rss, 0.0), f"the limit of {format_bytes(min(known))}"
    available = subject.columns("host", "memory_available_bytes")[1]
    available = available[np.isfinite(available)]
    if not len(available):
        raise NotJudged("neither a limit nor the machine's memory is known")
    return float(available[-1]), "the end of the machine's memory"


def swap(subject: Subject) -> Iterator[Detection]:
    """Part of the job's memory was in swap."""
    t, swapped = subject.columns("job", "swap_bytes")
    known = np.isfinite(swapped)
    if not known.any():
        raise NotJudged("what the job has in swap is not known")
    much = known & (swapped >= at("swap_bytes"))
    if much.any():
        most = float(np.nanmax(swapped))
        yield Detection(
            ADVICE,
            f"Up to {format_bytes(most)} of the job's memory were in swap.",
            "Each touch of it waits for a disk: ask for more memory, or use less.",
            float(t[much][0]),
            float(t[much][-1]),
            {"peak_bytes": most, "samples": float(much.sum())},
        )


def out_of_memory(subject: Subject) -> Iterator[Detection]:
    """The kernel killed the job, or a part of it, for want of memory."""
    ending = subject.facts.get("ending") or {}
    if ending.get("cause") != _OUT_OF_MEMORY or subject.recording.attached:
        return
    limits = subject.columns("job", "memory_limit_bytes")[1]
    limit = limits[np.isfinite(limits)][-1:]
    peak = (subject.facts.get("peak") or {}).get("tree_at_least_bytes")
    had = f" It held at least {format_bytes(peak)}" if peak else ""
    of = f" of {format_bytes(float(limit[0]))} allowed" if len(limit) else ""
    evidence: dict[str, float | str] = {"evidence": "; ".join(map(str, ending.get("evidence") or ()))}
    evidence |= {"peak_bytes": float(peak)} if peak else {}
    evidence |= {"limit_bytes": float(limit[0])} if len(limit) else {}
    yield Detection(
        PROBLEM,
        f"The job was killed for want of memory.{had}{of}{'.' if had else ''}",
        "Ask for more memory, or use less: fewer loader workers, smaller batches, files that are mapped and not read.",
        subject.end,
        subject.end,
        evidence,
    )
