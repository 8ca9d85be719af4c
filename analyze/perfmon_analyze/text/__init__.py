"""Numbers and names for people."""
