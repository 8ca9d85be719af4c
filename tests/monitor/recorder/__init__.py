"""Tests of perfmon.recorder."""
