"""Tests of perfmon.gpu."""
