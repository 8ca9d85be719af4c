"""A finding: a sentence, advice and the evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PROBLEM = "problem"  # it ended the work, or will, or made its record doubtful
ADVICE = "advice"  # it costs time or money
SEVERITIES = (PROBLEM, ADVICE)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem or advice that a rule found in one recording.

    Attributes:
        name: name of the rule; it does not change between versions.
        title: the rule in words.
        severity: `problem` or `advice`.
        recording: name of the recording.
        origin: origin of the recording, such as `measured` or `synthetic`.
        sentence: what was found, in one sentence.
        advice: what to do about it.
        begin: seconds from the beginning of the recording to that of the finding.
        end: seconds from the beginning of the recording to the end of the finding.
        evidence: the values it rests on, by names that contain the unit, as columns do.
        threshold: the limit that was exceeded.
        caveat: when the finding does not apply.
    """

    name: str
    title: str
    severity: str
    recording: str
    origin: str
    sentence: str
    advice: str
    begin: float
    end: float
    evidence: Mapping[str, float | str]
    threshold: str
    caveat: str

    def as_json(self) -> dict[str, Any]:
        """All attributes by name, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Unjudged:
    """A rule that lacked the data to judge a recording; no finding does not mean that there is no problem."""

    name: str
    title: str
    recording: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return all fields as values of JSON."""
        return asdict(self)
