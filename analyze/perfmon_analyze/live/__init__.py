"""A run as it is being recorded, from its files alone: so it can be watched from any machine that sees them."""
