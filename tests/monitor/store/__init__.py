"""Tests of perfmon.store."""
