"""Tests of the page that shows everything."""
