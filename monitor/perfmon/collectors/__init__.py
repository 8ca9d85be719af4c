"""The hardware sources, one a file."""
