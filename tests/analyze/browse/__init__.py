"""Tests of what finds, lists and picks runs."""
