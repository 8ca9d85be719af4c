"""Holds every rule against every recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze.findings.finding import SEVERITIES, Finding, Unjudged
from perfmon_analyze.findings.rules import RULES
from perfmon_analyze.findings.subject import NotJudged, Subject

if TYPE_CHECKING:
    from perfmon_analyze.findings.rules import Rule
    from perfmon_analyze.findings.subject import Detection
    from perfmon_analyze.loading.runs import Runs


class Examination(NamedTuple):
    """The findings, and the rules that could not be judged."""

    findings: list[Finding]
    unjudged: list[Unjudged]


def find(runs: Runs) -> list[Finding]:
    """Find what is worth acting on in these runs.

    Args:
        runs: what `load` returned.

    Returns:
        The findings, problems first, then in the order of the runs.
    """
    return examine(runs).findings


def examine(runs: Runs) -> Examination:
    """Return the findings, and the rules that lacked data for a recording."""
    result = Examination([], [])
    for subject in _subjects(runs):
        for rule in RULES:
            try:
                result.findings.extend(_finding(rule, subject, detection) for detection in rule.check(subject))
            except NotJudged as missing:
                reason = str(missing)
                result.unjudged.append(
                    Unjudged(name=rule.name, title=rule.title, recording=subject.recording.name, reason=reason)
                )
    result.findings.sort(key=lambda one: SEVERITIES.index(one.severity))
    return result


def _subjects(runs: Runs) -> list[Subject]:
    """Return a subject for each recording; each knows the others, as some rules need several."""
    subjects = [Subject(runs, recording) for recording in runs.recordings]
    for subject in subjects:
        subject.all = subjects
    return subjects


def _finding(rule: Rule, subject: Subject, detection: Detection) -> Finding:
    return Finding(
        name=rule.name,
        title=rule.title,
        recording=subject.recording.name,
        origin=subject.recording.origin,
        threshold=rule.threshold,
        caveat=rule.caveat,
        **detection._asdict(),
    )
