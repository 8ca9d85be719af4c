"""Tests of perfmon_analyze.commands."""
