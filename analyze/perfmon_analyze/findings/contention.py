"""Time in which the job could not run although it had work: quota and pressure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.findings.finding import ADVICE
from perfmon_analyze.findings.subject import Detection, NotJudged
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.text.humanize import format_duration, format_percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.findings.subject import Subject


def throttled(subject: Subject) -> Iterator[Detection]:
    """The control group's quota held the job's tasks back."""
    t, throttled_seconds, quota = subject.columns("job", "cpu_throttled_seconds", "cpus_quota")
    if not np.isfinite(throttled_seconds).any():
        raise NotJudged("the control group tells no quota")
    seconds, begin, end = subject.counted(t, throttled_seconds, "time held back by the quota")
    ratio = seconds / (end - begin)
    if ratio >= at("throttled_share"):
        known = quota[np.isfinite(quota)]
        cpus = f" of {known[-1]:g} CPUs" if len(known) else ""
        yield Detection(
            ADVICE,
            f"The quota{cpus} held the job's tasks back for {format_duration(seconds)}, "
            f"{format_percent(ratio)} of the time.",
            "Ask for more CPUs, or start fewer threads and workers than the quota has CPUs.",
            begin,
            end,
            {"held_seconds": seconds, "held_ratio": ratio} | ({"cpus_quota": float(known[-1])} if len(known) else {}),
        )


def memory_pressure(subject: Subject) -> Iterator[Detection]:
    """Tasks waited for memory: pages were taken from them and fetched back."""
    advice = "Ask for more memory or use less, before the kernel begins to kill."
    yield from _pressure(subject, "memory_pressure_seconds", "pressure_memory", "a task waited for memory", advice)


def io_pressure(subject: Subject) -> Iterator[Detection]:
    """All tasks waited for a disk."""
    advice = "Read ahead, keep the data in memory or on a local disk, and write in the background."
    yield from _pressure(subject, "io_pressure_full_seconds", "pressure_io", "all tasks waited for a disk", advice)


def cpu_pressure(subject: Subject) -> Iterator[Detection]:
    """Tasks that could have run waited for a CPU."""
    advice = "Ask for more CPUs, or start fewer threads and workers; see who else is on the machine."
    yield from _pressure(subject, "cpu_pressure_seconds", "pressure_cpu", "a task waited for a CPU", advice)


def _pressure(subject: Subject, column: str, threshold: str, what: str, advice: str) -> Iterator[Detection]:
    for table, whose in (("job", "in the job's control group"), ("host", "on the machine, whoever's it was")):
        t, waited = subject.columns(table, column)
        if np.isfinite(waited).any():
            seconds, begin, end = subject.counted(t, waited, f"pressure, table {table}")
            ratio = seconds / (end - begin)
            if ratio >= at(threshold):
                sentence = f"For {format_percent(ratio)} of the time {what}, {whose}."
                yield Detection(
                    ADVICE, sentence, advice, begin, end, {"waited_ratio": ratio, "waited_seconds": seconds}
                )
            return
    raise NotJudged("the kernel tells no pressure (PSI)")
