"""The command: `perfmon`, or `python -m perfmon`."""

from __future__ import annotations

from perfmon.commands import command

if __name__ == "__main__":
    command()
