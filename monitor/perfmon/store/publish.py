"""Publishes files in a run folder: complete, durable, and never over another file."""

from __future__ import annotations

import errno
import os

from perfmon.lean.stdlib import TYPE_CHECKING, suppress
from perfmon.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterable


def publish(files: Iterable[tuple[str, bytes | bytearray]]) -> None:
    """Write files, each a path in a table's folder and what it holds; all are on the disk when this returns.

    Each is written under a temporary name, brought to the disk and linked to its own. They go through these steps
    together: the disk is waited for when the first is brought to it, and the others are there by then.

    Raises:
        FileExistsError: there is a file of that name; it is left as it is.
        OSError: a file could not be written; some of the others may have been published.
    """
    temporary: dict[str, str] = {}
    try:
        for path, data in files:
            ensure_folder(path)
            temporary[path] = f"{path}.{os.getpid()}{layout.TEMPORARY_SUFFIX}"
            with open(temporary[path], "xb", buffering=0) as file:
                _write(file.fileno(), data)
                # The kernel begins to write it now; else each waits for room on the disk, and for a commit of its own.
                if hasattr(os, "posix_fadvise"):  # not on macOS
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        for name in temporary.values():
            _sync(name)
        for path, name in temporary.items():
            os.link(name, path)
    finally:
        for name in temporary.values():
            layout.remove(name)
    # The journal must not be gone before these names are there.
    tables = {os.path.dirname(path) for path in temporary}
    for folder in sorted(tables | {os.path.dirname(table) for table in tables}, reverse=True):
        _sync(folder)


def _write(fd: int, data: bytes | bytearray) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def ensure_folder(path: str) -> None:
    """Make the folder of a segment if it is missing; a link is refused, as it might lead out of the run folder.

    Raises:
        NotADirectoryError: something else stands in its place.
    """
    folder = os.path.dirname(path)
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    if not layout.is_folder(folder):
        raise NotADirectoryError(errno.ENOTDIR, "a link or a file stands in the place of a table's folder", folder)


def _sync(path: str) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
