"""Finds, lists, shows, watches and exports runs. What only lists them loads no data library."""
