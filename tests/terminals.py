"""Reading what programs write to a terminal."""

from __future__ import annotations

import os
import select


def read(fd: int, seconds: float) -> str:
    """What came within this time; nothing if none did, or the other side of the terminal is closed."""
    if not select.select([fd], [], [], seconds)[0]:
        return ""
    try:
        return os.read(fd, 65536).decode(errors="replace")
    except OSError:  # closed
        return ""
