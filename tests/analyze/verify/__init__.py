"""Tests of what `perfmon verify` finds."""
