"""Judgements as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.check.verdicts import FAILED, PASSED, UNJUDGED
from perfmon_analyze.text.humanize import format_bytes, format_duration, format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon_analyze.check.verdicts import Judgement

_WORDS = {PASSED: "ok", FAILED: "FAILED", UNJUDGED: "NOT JUDGED"}
_FORMATS = {
    "B": format_bytes,
    "s": format_duration,
    "1": format_percent,
    "J": lambda joules: f"{format_number(joules / 3600)} Wh",
    "1/s": format_number,
}


def line(judged: Judgement) -> str:
    """Return one judgement as one line: its title, value, limit, source and reason."""
    format_ = _FORMATS.get(judged.unit, format_number)
    kind = "at least" if judged.option.startswith("min-") else "at most"
    parts = [
        None if judged.value is None else format_(judged.value),
        None if judged.limit is None else f"{kind} {format_(judged.limit)} wanted",
        judged.source or None,
        judged.reason or None,
    ]
    return f"{judged.title}: {'; '.join(part for part in parts if part)}"


def lines(judged: Sequence[Judgement]) -> Iterator[str]:
    """Yield a line for each judgement, with its verdict in front."""
    yield from (f"{_WORDS[one.verdict]:<10}  {line(one)}" for one in judged)
