"""Tests of the comparison of runs, by topic."""
