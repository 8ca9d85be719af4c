"""What the documentation says is so, and what it tells to type works."""
