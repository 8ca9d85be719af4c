"""The command that the pipeline's own process is."""

from __future__ import annotations

import os
import sys


def own_command() -> list[str]:
    """The words with which this process was started, as the kernel has them; Python's own words without /proc."""
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
    except OSError:
        return list(sys.orig_argv)
