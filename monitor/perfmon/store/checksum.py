"""The checksum that a segment carries within itself, and how it is checked."""

from __future__ import annotations

from zlib import crc32

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from mmap import mmap

# Parquet has checksums of pages, which not every writer makes, and none of the rest of a file. This one is among the
# file's own key-value metadata: the CRC-32 of the whole file, its own eight digits taken as zeros.
KEY = "perfmon.crc32"
BLANK = "00000000"

_DIGITS = len(BLANK)
# Key and value as they stand in the footer, each after its type and length (Thrift's compact protocol). No name of a
# run or label can look like it.
_AHEAD = b"\x18%c%b\x18%c" % (len(KEY), KEY.encode(), _DIGITS)


class NoChecksum(ValueError):
    """A file has no checksum of its own."""


def write_checksum(data: bytearray) -> None:
    """Put the checksum into a file that was written with `BLANK` in its place.

    Raises:
        Missing: it was not written so.
    """
    at = _find(data)
    data[at : at + _DIGITS] = b"%08x" % crc32(data)


def is_valid(data: bytearray | mmap) -> bool:
    """Whether a file is as it was when it was written, to the last byte.

    Raises:
        Missing: it has no checksum.
    """
    at = _find(data)
    end = at + _DIGITS
    with memoryview(data) as view:
        crc = crc32(view[end:], crc32(BLANK.encode(), crc32(view[:at])))
    return data[at:end] == b"%08x" % crc


def _find(data: bytearray | mmap) -> int:
    at = data.rfind(_AHEAD)
    if at < 0:
        raise NoChecksum("it has no checksum")
    return at + len(_AHEAD)
