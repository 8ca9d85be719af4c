"""Limits that recordings are held to, as a gate for continuous integration."""

from perfmon_analyze.check.verdicts import FAILED, LIMITS, PASSED, UNJUDGED, Judgement, Limit, judge

__all__ = ["FAILED", "LIMITS", "PASSED", "UNJUDGED", "Judgement", "Limit", "judge"]
