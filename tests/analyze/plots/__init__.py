"""Tests of the figures, by topic."""
