"""Judgements as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.check.verdicts import FAILED, PASSED, UNJUDGED
from perfmon_analyze.text.humanize import format_bytes, format_duration, format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon_analyze.check.verdicts import Judgement

_WORDS = {PASSED: "ok", FAILED: "FAILED", UNJUDGED: "NOT JUDGED"}
_SAY = {
    "B": format_bytes,
    "s": format_duration,
    "1": format_percent,
    "J": lambda joules: f"{format_number(joules / 3600)} Wh",
    "1/s": format_number,
}


def line(judged: Judgement) -> str:
    """One judgement in one line: what it is about, the number beside its limit, where it came from, what is missing."""
    say = _SAY.get(judged.unit, format_number)
    kind = "at least" if judged.option.startswith("min-") else "at most"
    parts = [
        None if judged.value is None else say(judged.value),
        None if judged.limit is None else f"{kind} {say(judged.limit)} wanted",
        judged.source or None,
        judged.reason or None,
    ]
    return f"{judged.title}: {'; '.join(part for part in parts if part)}"


def lines(judged: Sequence[Judgement]) -> Iterator[str]:
    """The judgements, each with its verdict in front."""
    yield from (f"{_WORDS[one.verdict]:<10}  {line(one)}" for one in judged)
