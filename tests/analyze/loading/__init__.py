"""Tests of perfmon_analyze.loading."""
