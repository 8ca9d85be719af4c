"""What programs of known use are made of."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def fork(work: Callable[[], object]) -> int:
    """A child that does this and nothing else."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    return pid


def burn(seconds: float) -> None:
    """Take so much CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
