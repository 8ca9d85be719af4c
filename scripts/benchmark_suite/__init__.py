"""Measures what perfmon costs, beside the tools that people would use instead."""
