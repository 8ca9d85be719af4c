"""Stand-ins for parts of the standard library that are slow to import, and what all rooms need of the same kind."""
