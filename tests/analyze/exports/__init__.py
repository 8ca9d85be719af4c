"""Tests of what is written beside the runs."""
