"""The append-only journal of one writing process, and how it is read back.

A journal is a text file of JSON lines `["<crc32>","<table>",{<row>}]`; the checksum covers everything after its
comma, up to the closing bracket. The first line's table is `journal`: its row holds the labels that every further
row of the file has unless it says otherwise. A line that is torn or damaged costs itself and nothing else: lines
are found by their newline, and one that does not match its checksum is counted and passed over.
"""

from __future__ import annotations

import fcntl
import os
from zlib import crc32

from perfmon.lean import json_codec
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple
from perfmon.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import BinaryIO

    from perfmon.store.run_clock import Stamp

    Value = str | int | float | None
    Row = dict[str, Value]

HEADER = "journal"

LINE_BYTES = 4 << 20  # longer lines are nobody's rows: they are damage, and are not held in memory

_PREFIX = 12  # length of `["01234567",`


def encode_row(table: str, row: Mapping[str, Value]) -> bytes:
    """One row as a line of the journal, its newline included."""
    return encode_line(f'"{table}",{json_codec.compact(row)}')


def stamp_rows(stamp: Stamp, rows: Iterable[tuple[str, Mapping[str, Value]]]) -> list[bytes]:
    """Rows of one tick as lines; an event that has no span of its own is of that moment."""
    time, t = stamp
    lines = []
    for table, row in rows:
        if table == "event":
            lines.append(encode_row(table, {"time": time, "t": t, "begin_t": t, "end_t": t, **row}))
        elif "time" in row or not row:
            lines.append(encode_row(table, {"time": time, "t": t, **row}))
        else:  # in front of the rest as text: to make another row of it would take as long again
            lines.append(encode_line(f'"{table}",{{"time":{time},"t":{t!r},{json_codec.compact(row)[1:]}'))
    return lines


def encode_line(text: str) -> bytes:
    """What a line holds after its checksum, `"<table>",{<row>}`, as a whole line."""
    body = text.encode("utf-8", "surrogatepass")
    return b'["%08x",%b]\n' % (crc32(body), body)


class Journal:
    """One process's journal, locked for as long as it is open.

    The lock tells readers that somebody may still write: a journal that nobody holds can be sealed and removed.
    """

    def __init__(self, path: str, labels: Mapping[str, Value], identity: tuple[int, int] | None = None) -> None:
        self.path = path
        self.size = 0
        self._fd = _create(path, identity)
        try:
            self.write(encode_row(HEADER, labels))
        except OSError:  # a journal without its header is of no use
            self.close()
            layout.remove(path)
            raise

    def append(self, rows: Iterable[tuple[str, Mapping[str, Value]]]) -> None:
        """Write rows, each as (table, row), with one call to the kernel.

        Raises:
            OSError: the rows could not be written, or not all of them.
        """
        self.write(b"".join([encode_row(table, row) for table, row in rows]))

    def write(self, lines: bytes) -> None:
        """Write whole lines.

        Raises:
            OSError: they could not be written, or not all of them.
        """
        written = os.write(self._fd, lines)
        try:
            while written < len(lines):  # the disk filled up inside this write, or a quota: the next one tells which
                written += os.write(self._fd, lines[written:])
        except OSError:
            os.ftruncate(self._fd, self.size)  # take back the part that was written
            raise
        self.size += written

    def sync(self) -> None:
        """Wait until what was appended is on the disk."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Give up the lock; what was written stays."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _create(path: str, identity: tuple[int, int] | None) -> int:
    """Make a journal that nobody had; no link in place of the run folder or its journals leads elsewhere."""
    journals, name = os.path.split(path)
    run, inner = os.path.split(journals)
    place = layout.open_folder(run, identity)
    try:
        within = layout.open_folder(inner, within=place)
    finally:
        os.close(place)
    try:
        return _create_within(within, name)
    finally:
        os.close(within)


def _create_within(folder: int, name: str) -> int:
    while True:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        fd = os.open(name, flags, 0o600, dir_fd=folder)
        fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return fd
        os.close(fd)  # a sealer came between the two calls, and removed it as a journal that nobody holds


class RecoveredRows(NamedTuple):
    """The content of a journal: its labels, its rows by table in the order written, and the number of damaged lines."""

    labels: Row
    rows: dict[str, list[Row]]
    damaged: int


def read(path: str) -> RecoveredRows:
    """Everything of a journal that is whole, whether or not its writer still lives.

    Raises:
        OSError: the file cannot be read, or is not a plain file.
    """
    with open(layout.open_plain(path), "rb") as file:
        return parse(_lines(file))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long, its beginning."""
    while text := file.readline(LINE_BYTES):
        yield text
        while len(text) == LINE_BYTES and not text.endswith(b"\n"):
            text = file.readline(LINE_BYTES)


def parse(lines: Iterable[bytes]) -> RecoveredRows:
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
    return RecoveredRows(labels, rows, damaged)


def is_line(text: bytes) -> bool:
    """Whether this is a whole line of a journal, with its newline."""
    return _parse(text) is not None


def _parse(text: bytes) -> tuple[str, Row] | None:
    if not text.endswith(b"]\n") or text[10:_PREFIX] != b'",':
        return None
    body = text[_PREFIX:-2]
    try:
        if int(text[2:10], 16) != crc32(body):
            return None
        _, table, row = json_codec.parse(text)
    except (
        ValueError,
        RecursionError,
    ):  # not JSON, not three parts, or nested to exhaustion by somebody hostile
        return None
    return (table, row) if isinstance(table, str) and isinstance(row, dict) else None


def try_lock(path: str) -> int | None:
    """Take the lock of a journal that nobody writes any more; None if somebody still does.

    The lock is given up when the returned descriptor is closed.

    Raises:
        OSError: the file cannot be opened, or is not a plain file.
    """
    fd = layout.open_plain(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def is_locked(path: str) -> bool:
    """Whether a process still has this journal open for writing.

    Raises:
        OSError: the file cannot be opened, or is not a plain file.
    """
    fd = try_lock(path)
    if fd is not None:
        os.close(fd)
    return fd is None
