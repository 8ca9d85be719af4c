"""Lines on standard error that cost nobody anything: they are lost where nobody takes them, and nothing is raised."""

from __future__ import annotations

import os
import sys

_PATIENCE_MILLISECONDS = 1000  # for a pipe that is full: its reader may be a little slow


def tell(text: str) -> None:
    """Write one line on standard error, if that is open, has room and a reader; else it is lost.

    Not by `print`: what a stream could not write it keeps, and tries again as the interpreter ends, whose exit status
    that changes.
    """
    stream, own = sys.stderr, sys.__stderr__
    try:
        if stream is None:  # it was closed when Python began
            return
        if own is None or stream is not own:  # a notebook's, or a test's
            stream.write(f"{text}\n")
            stream.flush()
            return
        line = f"{text}\n".encode(own.encoding, "backslashreplace")
        # it is not loaded before the command starts, and until then nobody waits for us
        if "select" not in sys.modules or _has_room(own.fileno()):
            os.write(own.fileno(), line)
    except Exception as error:  # there is nobody to tell
        from perfmon.lean.interrupts import is_interrupt  # noqa: PLC0415 - hardly ever needed

        if is_interrupt(error):  # what a signal handler of the pipeline's raised meanwhile is the pipeline's
            raise


def _has_room(fd: int) -> bool:
    """Whether a line can be written without waiting longer than a second; one without a reader has room, too."""
    import select  # noqa: PLC0415 - only where it is loaded already

    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(_PATIENCE_MILLISECONDS))
