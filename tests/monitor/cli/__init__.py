"""Tests of perfmon.cli."""
