"""Secrets in command lines, labels and configurations: found and removed before anything is written."""
