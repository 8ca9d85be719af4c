"""Tests of perfmon.commands."""
