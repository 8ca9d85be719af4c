"""Tests of perfmon.redaction."""
