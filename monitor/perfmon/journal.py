"""The append-only journal of one writing process, and how it is read back.

A journal is a text file of JSON lines `["<crc32>","<table>",{<row>}]`; the checksum covers everything after its
comma, up to the closing bracket. The first line's table is `journal`: its row holds the labels that every further
row of the file has unless it says otherwise. A line that is torn or damaged costs itself and nothing else: lines
are found by their newline, and one that does not match its checksum is counted and passed over.
"""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Value = str | int | float | None
    Row = dict[str, Value]

HEADER = "journal"

_PREFIX = 12  # length of `["01234567",`
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def line(table: str, row: Mapping[str, Value]) -> bytes:
    """One row as a line of the journal, its newline included."""
    body = f'"{table}",{_encode(row)}'.encode("utf-8", "surrogatepass")
    return b'["%08x",%b]\n' % (crc32(body), body)


class Journal:
    """One process's journal, locked for as long as it is open.

    The lock tells readers that somebody may still write: a journal that nobody holds can be sealed and removed.
    """

    def __init__(self, path: str, labels: Mapping[str, Value]) -> None:
        self.path = path
        self.size = 0
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        self._write(line(HEADER, labels))

    def append(self, rows: Iterable[tuple[str, Mapping[str, Value]]]) -> None:
        """Write rows, each as (table, row), with one call to the kernel.

        Raises:
            OSError: the rows could not be written, or not all of them.
        """
        data = b"".join([line(table, row) for table, row in rows])
        if data:
            self._write(data)

    def sync(self) -> None:
        """Wait until what was appended is on the disk."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Give up the lock; what was written stays."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, data: bytes) -> None:
        written = os.write(self._fd, data)
        self.size += written
        if written < len(data):  # the disk filled up inside this write: end the torn line, so that it alone is lost
            os.write(self._fd, b"\n")
            raise OSError(28, f"only {written} of {len(data)} bytes could be written", self.path)


class Recovered(NamedTuple):
    """What a journal holds: its labels, its rows by table in the order written, and how many lines were damaged."""

    labels: Row
    rows: dict[str, list[Row]]
    damaged: int


def read(path: str) -> Recovered:
    """Everything of a journal that is whole, whether or not its writer still lives.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        return parse(file)


def parse(lines: Iterable[bytes]) -> Recovered:
    """Everything of a journal's lines that is whole."""
    labels: Row = {}
    rows: dict[str, list[Row]] = {}
    damaged = 0
    for text in lines:
        parsed = _parse(text)
        if parsed is None:
            damaged += 1
        elif parsed[0] == HEADER:
            labels = parsed[1]
        else:
            rows.setdefault(parsed[0], []).append(parsed[1])
    return Recovered(labels, rows, damaged)


def _parse(text: bytes) -> tuple[str, Row] | None:
    if not text.endswith(b"]\n") or text[10:_PREFIX] != b'",':
        return None
    body = text[_PREFIX:-2]
    try:
        if int(text[2:10], 16) != crc32(body):
            return None
        _, table, row = json.loads(text)
    except (
        ValueError,
        RecursionError,
    ):  # not JSON, not three parts, or nested to exhaustion by somebody hostile
        return None
    return (table, row) if isinstance(table, str) and isinstance(row, dict) else None


def is_held(path: str) -> bool:
    """Whether a process still has this journal open for writing.

    Raises:
        OSError: the file cannot be opened.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
