"""The user's command: its start, its signals, its end."""
