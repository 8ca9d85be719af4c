"""Numbers as text for people. GB are 2^30 bytes and MB 2^20, as everywhere in perfmon."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED = 4
GIB, MIB = 2.0**30, 2.0**20  # as derive has them; that loads numpy, and a list of runs is there before it would be


def format_number(value: float) -> str:
    """A number with three significant digits; from 100 on all digits before the point, with commas."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def format_bytes(count: float) -> str:
    """A number of bytes in GB, or in MB if less than one GB."""
    return f"{format_number(count / GIB)} GB" if abs(count) >= GIB else f"{format_number(count / MIB)} MB"


def format_duration(seconds: float) -> str:
    """A duration in days, hours, minutes, seconds or milliseconds: the largest unit of which it has two."""
    for per, unit in ((86_400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if abs(seconds) >= 2 * per:
            return f"{format_number(seconds / per)} {unit}"
    return f"{format_number(1000 * seconds)} ms" if 0 < abs(seconds) < 1 else f"{format_number(seconds)} s"


def format_percent(ratio: float) -> str:
    """A ratio of 0 to 1 in whole percent, or with one significant digit if less than 1 %."""
    return f"{100 * ratio:.0f} %" if abs(ratio) >= 0.01 or not ratio else f"{100 * ratio:.1g} %"


def plural(count: int, noun: str) -> str:
    """A count with its noun, which gets an s unless the count is 1."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names with commas; of more than four the first three, and how many more there are."""
    if len(names) > _LISTED:
        names = [*names[: _LISTED - 2], f"{names[_LISTED - 2]} and {len(names) - _LISTED + 1} more"]
    return ", ".join(names)


def describe_limits(
    *,
    cpus: float | None,
    cpus_quota: float | None,
    cpus_of_machine: float | None,
    memory_limit_bytes: float | None,
    memory_of_machine_bytes: float | None,
) -> str:
    """The CPUs and the RAM that a job may use, of what the machine has; empty if nothing is known."""
    parts = []
    if cpus is not None:
        of = f" of {cpus_of_machine:g}" if cpus_of_machine else ""
        parts.append(f"{cpus:g}{of} CPUs" + (f" at a quota of {cpus_quota:.3g}" if cpus_quota else ""))
    limits = [format_bytes(value) for value in (memory_limit_bytes, memory_of_machine_bytes) if value is not None]
    if limits:
        parts.append(f"{' of '.join(limits)} RAM")
    return ", ".join(parts)
