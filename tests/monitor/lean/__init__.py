"""Tests of perfmon.lean."""
