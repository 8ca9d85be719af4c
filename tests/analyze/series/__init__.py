"""Tests of perfmon_analyze.series."""
