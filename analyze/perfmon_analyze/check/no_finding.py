"""Findings that a run must not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.check.verdicts import FAILED, PASSED, UNJUDGED, Judgement
from perfmon_analyze.findings.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon_analyze.findings import Examination
    from perfmon_analyze.loading.recordings import Recording

NAMES = tuple(rule.name for rule in RULES)


def judge_findings(found: Examination, recording: Recording, names: Sequence[str]) -> Iterator[Judgement]:
    """Hold a recording to having none of the findings of these names."""
    for name in names:
        told = [one.sentence for one in found.findings if (one.recording, one.name) == (recording.name, name)]
        missing = [one.reason for one in found.unjudged if (one.recording, one.name) == (recording.name, name)]
        yield Judgement(
            option="no-finding",
            title=f"no finding {name}",
            unit="",
            verdict=FAILED if told else UNJUDGED if missing else PASSED,
            source="; ".join(told),
            reason="; ".join(missing),
        )
