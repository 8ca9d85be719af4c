"""What a recording survives: kills, faults, damage and hostile input, each tried on the real thing."""
