"""Real frameworks, where they are installed."""
