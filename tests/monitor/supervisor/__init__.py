"""Tests of perfmon.supervisor."""
