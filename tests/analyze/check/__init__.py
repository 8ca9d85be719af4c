"""Tests of the gate, by topic."""
