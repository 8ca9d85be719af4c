"""Findings as text for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from perfmon.store.printable import printable
from perfmon_analyze.findings.finding import PROBLEM
from perfmon_analyze.text.humanize import format_bytes, format_duration, format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfmon_analyze.findings.finding import Finding

_UNITS: dict[str, Callable[[float], str]] = {  # by the end of a key
    "bytes_per_second": lambda value: f"{format_bytes(value)}/s",
    "bytes": format_bytes,
    "seconds": format_duration,
    "ratio": format_percent,
}
_BULLETS = {PROBLEM: "!!"}  # problems stand out in a column


def lines(finding: Finding, *, width: int = 100) -> Iterator[str]:
    """Yield a finding as lines of text: title, sentence, advice, evidence, threshold and caveat."""
    provenance = "" if finding.origin == "measured" else f" ({finding.origin} data)"
    yield f"{_BULLETS.get(finding.severity, '- ')} {finding.title}{provenance}: {finding.name}"
    why = (f"Evidence: {evidence(finding)}.", f"Threshold: {finding.threshold}.", f"But: {finding.caveat}")
    for text in (finding.sentence, finding.advice, *why):
        yield from textwrap.wrap(printable(text), width, initial_indent="     ", subsequent_indent="     ")


def evidence(finding: Finding) -> str:
    """Return the evidence as text, with its time."""
    values = ", ".join(_format_evidence(key, value) for key, value in finding.evidence.items() if value != "")
    begin, end = format_duration(finding.begin), format_duration(finding.end)
    return f"{values}; " * bool(values) + (f"at {end}" if begin == end else f"from {begin} to {end}")


def _format_evidence(key: str, value: float | str) -> str:
    if isinstance(value, str):
        return f"{key} {value}"
    named = key.replace("seconds_to_", "to_") + "_seconds" * key.startswith("seconds_to_")
    unit = next((unit for unit in _UNITS if named.endswith(unit)), "")
    return (
        f"{named.removesuffix(unit)} {_UNITS.get(unit, format_number)(value)}".replace("_", " ")
        .replace("  ", " ")
        .strip()
    )
