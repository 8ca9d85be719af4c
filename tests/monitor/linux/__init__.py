"""Tests of perfmon.linux."""
