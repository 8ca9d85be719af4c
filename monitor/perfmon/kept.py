"""Files of /proc and of control groups that are read again and again, kept open.

Opening such a file costs as much as reading it, or twice that. A kept descriptor also knows whose it is: once its
process is gone it reads nothing, whoever gets the number.
"""

from __future__ import annotations

import os
import resource

_PIECE = 8192  # more than nearly all of these files hold
_SPARE = 128  # descriptors left to everything else


def raise_limit() -> None:
    """Let this process, which starts no command of anybody's, have as many descriptors as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1 << 16 if hard == resource.RLIM_INFINITY else min(hard, 1 << 16)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Kept:
    """Reads files by path; what was read in the last round is kept open for the next one."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._now: set[str] = set()  # those read in this round

    def read(self, path: str) -> bytes:
        """A file in one piece.

        Raises:
            OSError: it can't be read; of a process: it is gone, or is not to be looked at.
        """
        fd = self._open.get(path)
        if fd is not None:
            self._now.add(path)
            try:
                return _whole(fd)
            except OSError:  # its process is gone; there may be another of that number
                os.close(self._open.pop(path))
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = _whole(fd)
        except OSError:
            os.close(fd)
            raise
        if len(self._open) < _most():
            self._open[path] = fd
            self._now.add(path)
        else:
            os.close(fd)
        return data

    def next_round(self) -> None:
        """Close what was not read in this round."""
        for path in self._open.keys() - self._now:
            os.close(self._open.pop(path))
        self._now = set()


def _most() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 16 if soft == resource.RLIM_INFINITY else soft - _SPARE


def _whole(fd: int) -> bytes:
    data = os.pread(fd, _PIECE, 0)
    if len(data) < _PIECE // 4:  # the kernel gives a page at a time, up to a line's end; a short one is the last
        return data
    while piece := os.pread(fd, 1 << 16, len(data)):
        data += piece
    return data
