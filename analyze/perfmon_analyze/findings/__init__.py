"""Sentences that a person would act on, each with its evidence, its threshold and when it does not apply."""

from perfmon_analyze.findings.examine import Examination, examine, find
from perfmon_analyze.findings.finding import ADVICE, PROBLEM, Finding, Unjudged

__all__ = ["ADVICE", "PROBLEM", "Examination", "Finding", "Unjudged", "examine", "find"]
