"""Files of /proc and of control groups that stay open, as they are read at every tick.

Opening such a file costs as much as reading it, or twice that. An open descriptor also belongs to one process for good:
once that is gone it reads nothing, whoever gets the pid.
"""

from __future__ import annotations

import fcntl
import os
import resource

from perfmon.lean.stdlib import TYPE_CHECKING, TypeVar, suppress

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

Parsed = TypeVar("Parsed")

_PIECE = 8192  # more than nearly all of these files hold
_SHORT = _PIECE // 4  # the kernel gives a page at a time, up to a line's end: a short piece is the last
_SELECTABLE = 1024  # FD_SETSIZE: select(2) takes what is below
_SPARE = 128  # descriptors left to everything else


def raise_limit() -> None:
    """Let this process, which starts no command of anybody's, have as many descriptors as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1 << 16 if hard == resource.RLIM_INFINITY else min(hard, 1 << 16)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class CachedFile:
    """One file, opened at the first reading, which stays open while there are descriptors left."""

    __slots__ = ("_fd", "_parsed", "_path", "_text", "used")

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = -1
        self._text: bytes | None = None
        self._parsed: Any = None
        self.used = 0  # the round in which it was read last

    def read(self) -> bytes:
        """The file in one piece.

        Raises:
            OSError: it can't be read; of a process: it is gone, or is not to be looked at.
        """
        if self._fd >= 0:
            try:
                data = os.pread(self._fd, _PIECE, 0)
            except OSError:  # its process is gone; there may be another of that number
                self.close()
            else:
                return data if len(data) < _SHORT else _whole(self._fd, data)
        return self._first()

    def parsed(self, parse: Callable[[bytes], Parsed]) -> Parsed:
        """The parsed content, the same object as at the last reading where the file has not changed.

        Raises:
            OSError: as `read`.
        """
        text = self.read()
        if text != self._text:
            self._parsed = parse(text)
            # A copy: what was read sits in a block of its buffer's size, which could not be used again.
            self._text = memoryview(text).tobytes()
        parsed: Parsed = self._parsed
        return parsed

    def _first(self) -> bytes:
        fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = _whole(fd, os.pread(fd, _PIECE, 0))
        except OSError:
            os.close(fd)
            raise
        self._fd = _out_of_the_way(fd)
        return data

    def close(self) -> None:
        """Let go of the descriptor."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class OpenFiles:
    """Reads files by path, and keeps open those that were read in the last round."""

    def __init__(self) -> None:
        self._files: dict[str, CachedFile] = {}
        self._round = 0

    def read(self, path: str) -> bytes:
        """A file in one piece.

        Raises:
            OSError: as `CachedFile.read`.
        """
        return self._file(path).read()

    def parsed(self, path: str, parse: Callable[[bytes], Parsed]) -> Parsed:
        """The parsed content of a file, which has to be parsed by the same function at every reading.

        Raises:
            OSError: as `CachedFile.read`.
        """
        return self._file(path).parsed(parse)

    def _file(self, path: str) -> CachedFile:
        file = self._files.get(path)
        if file is None:
            file = self._files[path] = CachedFile(path)
        file.used = self._round
        return file

    def next_round(self) -> None:
        """Close the files that were not read in this round, and begin the next."""
        for path in [path for path, file in self._files.items() if file.used != self._round]:
            self._files.pop(path).close()
        self._round += 1


def _out_of_the_way(fd: int) -> int:
    """The descriptor under a number that select(2) does not take, so that what is waited for has one that it does.

    Where none of these is left, it keeps its own as long as enough others are; else it is closed, and -1 returned.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 1 << 16 if soft == resource.RLIM_INFINITY else soft - _SPARE
    duplicate = fd if fd < min(most, _SELECTABLE - _SPARE) else -1
    with suppress(OSError):  # there is none
        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _SELECTABLE)
        if high < most:
            duplicate = high
        else:
            os.close(high)
    if duplicate != fd:
        os.close(fd)
    return duplicate


def _whole(fd: int, data: bytes) -> bytes:
    """The rest of a file too, of which this is the first piece."""
    if len(data) >= _SHORT:
        while piece := os.pread(fd, 1 << 16, len(data)):
            data += piece
    return data
