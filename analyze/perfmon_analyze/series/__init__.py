"""One measure of one recording over time."""
