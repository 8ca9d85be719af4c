"""Tests of perfmon.instrument."""
