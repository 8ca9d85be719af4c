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


def judge_findings(examination: Examination, recording: Recording, names: Sequence[str]) -> Iterator[Judgement]:
    """Judge that a recording has none of the findings of these names; yield a judgement for each name."""
    for name in names:
        sentences = [
            one.sentence for one in examination.findings if (one.recording, one.name) == (recording.name, name)
        ]
        missing = [one.reason for one in examination.unjudged if (one.recording, one.name) == (recording.name, name)]
        yield Judgement(
            option="no-finding",
            title=f"no finding {name}",
            unit="",
            verdict=FAILED if sentences else UNJUDGED if missing else PASSED,
            source="; ".join(sentences),
            reason="; ".join(missing),
        )
