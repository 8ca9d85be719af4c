"""Loads run folders and draws them."""
