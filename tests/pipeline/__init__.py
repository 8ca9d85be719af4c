"""Tests of the example pipeline."""
