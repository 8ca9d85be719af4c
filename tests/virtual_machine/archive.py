"""The archive that a kernel unpacks into memory and starts from (cpio, kernel documentation: initramfs)."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

_EXECUTABLE, _FOLDER, _DEVICE = stat.S_IFREG | 0o755, stat.S_IFDIR | 0o755, stat.S_IFCHR | 0o600


class Entry(NamedTuple):
    """A file of the archive, a folder or a device."""

    name: str
    mode: int
    content: bytes = b""
    device: int = 0


def initial(init: bytes, busybox: bytes, modules: tuple[bytes, ...]) -> bytes:
    """All that is there before the machine's files are: a shell, what it is to do, and modules by number."""
    folders = ("bin", "dev", "proc", "sys", "modules", "lower", "memory", "root")
    entries = [Entry(name, _FOLDER) for name in folders]
    entries.append(Entry("dev/console", _DEVICE, device=os.makedev(5, 1)))
    entries += [Entry("init", _EXECUTABLE, init), Entry("bin/busybox", _EXECUTABLE, busybox)]
    entries += [Entry(f"modules/{number:02}", _EXECUTABLE, module) for number, module in enumerate(modules)]
    return b"".join(map(_packed, [*entries, Entry("TRAILER!!!", 0)]))


def _packed(entry: Entry) -> bytes:
    name = entry.name.encode() + b"\0"
    major, minor = os.major(entry.device), os.minor(entry.device)
    numbers = (0, entry.mode, 0, 0, 1, 0, len(entry.content), 0, 0, major, minor, len(name), 0)
    header = b"070701" + "".join(f"{number:08X}" for number in numbers).encode()
    return _padded(header + name) + _padded(entry.content)


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % 4)
