"""Counts the instructions of perfmon's commands, and holds them against what they were."""
