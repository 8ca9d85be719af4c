"""Tests of perfmon_analyze.derive."""
