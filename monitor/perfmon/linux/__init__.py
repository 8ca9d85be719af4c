"""Reads processes, memory, control groups and mounts from the Linux kernel."""
