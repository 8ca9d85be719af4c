"""What a finding is: one sentence that a person can act on, and what it rests on."""

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
    """One thing that was found in one recording.

    `name` is the rule's and stays the same; `title` is it in words. `begin` and `end` are seconds since the recording's
    beginning. The keys of `evidence` have their unit in the name, as columns do. `threshold` says what had to be
    passed, `caveat` when the finding does not apply. `origin` is the recording's: what was found in made-up data says
    so.
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
        """All of it as JSON has it."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Unjudged:
    """A rule that could not say anything about a recording: that nothing was found does not mean that all is well."""

    name: str
    title: str
    recording: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return asdict(self)
