"""Tests of what watches a run while it is being recorded."""
