"""Tests of perfmon_analyze.text."""
