"""Parsing, configuration and output of the command line."""
