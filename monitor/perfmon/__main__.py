#!python
"""The command `perfmon`, which is this file: the script that pip makes for an entry point takes longer to load."""

from perfmon import cli

if __name__ == "__main__":
    cli.leave(cli.main())
