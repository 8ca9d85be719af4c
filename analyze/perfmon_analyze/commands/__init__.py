"""Verbs of the command line that read recorded runs, one a file; `perfmon` finds them by entry point."""
