"""Numbers as a sentence says them: GB are 2^30 bytes, as everywhere in perfmon."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED = 4
GIB, MIB = 2.0**30, 2.0**20  # as derive has them; that loads numpy, and a list of runs is there before it would be


def number(value: float) -> str:
    """A number with three digits that count, and never fewer than stand before its point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def size(count: float) -> str:
    """Bytes in GB or MB."""
    return f"{number(count / GIB)} GB" if abs(count) >= GIB else f"{number(count / MIB)} MB"


def span(seconds: float) -> str:
    """A length of time in the unit that suits it."""
    for per, unit in ((86_400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if abs(seconds) >= 2 * per:
            return f"{number(seconds / per)} {unit}"
    return f"{number(1000 * seconds)} ms" if 0 < abs(seconds) < 1 else f"{number(seconds)} s"


def share(ratio: float) -> str:
    """A share of 0 to 1 in percent; one that is not 0 does not look like it."""
    return f"{100 * ratio:.0f} %" if abs(ratio) >= 0.01 or not ratio else f"{100 * ratio:.1g} %"


def plural(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names with commas; of many the first ones, and how many more there are."""
    if len(names) > _LISTED:
        names = [*names[: _LISTED - 2], f"{names[_LISTED - 2]} and {len(names) - _LISTED + 1} more"]
    return ", ".join(names)


def allowed(
    *,
    cpus: float | None,
    cpus_quota: float | None,
    cpus_of_machine: float | None,
    memory_limit_bytes: float | None,
    memory_of_machine_bytes: float | None,
) -> str:
    """What a job may use, of what there is; empty if nothing is known."""
    parts = []
    if cpus is not None:
        of = f" of {cpus_of_machine:g}" if cpus_of_machine else ""
        parts.append(f"{cpus:g}{of} CPUs" + (f" at a quota of {cpus_quota:.3g}" if cpus_quota else ""))
    limits = [size(value) for value in (memory_limit_bytes, memory_of_machine_bytes) if value is not None]
    if limits:
        parts.append(f"{' of '.join(limits)} RAM")
    return ", ".join(parts)
