"""The check-up: what can be measured on this machine."""
