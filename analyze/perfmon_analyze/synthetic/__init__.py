"""Generators of whole runs and of GPU stand-ins: made-up data, marked as such wherever they go."""
