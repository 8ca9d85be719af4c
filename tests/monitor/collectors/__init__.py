"""Tests of perfmon.collectors."""
