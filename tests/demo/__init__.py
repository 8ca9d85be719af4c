"""What the demonstration must have made."""
