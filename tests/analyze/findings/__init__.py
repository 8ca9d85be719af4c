"""Tests of the findings, by topic."""
