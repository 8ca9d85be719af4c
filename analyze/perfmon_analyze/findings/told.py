"""Findings as a person reads them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from perfmon_analyze.findings.finding import PROBLEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.findings.finding import Finding

_MARKS = {PROBLEM: "!!"}  # what cannot wait stands out in a column


def lines(finding: Finding, *, width: int = 100) -> Iterator[str]:
    """A finding in a few lines of text: what it is, what to do, and what it rests on."""
    made = "" if finding.origin == "measured" else f" ({finding.origin} data)"
    yield f"{_MARKS.get(finding.severity, '- ')} {finding.title}{made}: {finding.name}"
    for text in (finding.sentence, finding.advice, f"Threshold: {finding.threshold}.", f"But: {finding.caveat}"):
        yield from textwrap.wrap(text, width, initial_indent="     ", subsequent_indent="     ")
