"""Tests of perfmon.disk."""
