"""Files that a user named to be written: replaced whole or not at all; devices, pipes and links stay what they are."""

from __future__ import annotations

import os
import re
import stat
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from perfmon.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_DESCRIPTORS = re.compile(r"/proc/\d+(/task/\d+)?/fd")
_LINKS_MAX = 40  # as many as the kernel follows


class _OutputTarget(NamedTuple):
    """The target of a write.

    `fd` is a descriptor of the existing file, or None; `replaced` is the path to replace, None to write in place.
    `is_new` marks an empty file that was created for a dangling link; it is removed if writing fails.
    """

    fd: int | None
    replaced: str | None
    is_new: bool = False


def is_plain(path: str) -> bool:
    """Whether `writing` would replace or make a regular file: messages may then go to standard output."""
    return _named_descriptor(path) is None and (not os.path.exists(path) or os.path.isfile(path))


@contextmanager
def writing(path: str) -> Iterator[BinaryIO]:
    """Open a file for writing bytes; it is there, whole, when the block ends without an exception.

    A regular file is replaced in one step, and keeps its permission bits and, where we may, its owner and group; a new
    one gets the permissions that the umask leaves. Of a symbolic link the target is replaced or made, and the link
    stays. Everything else is written to as it stands: a device, a pipe, a socket, an open file by its descriptor
    (/dev/stdout, /dev/fd/3). What was written to those stays if an exception ends the block.

    Raises:
        OSError: it cannot be written; a regular file that was there is left as it was.
    """
    target = _open(path)
    if target.replaced is None:
        assert target.fd is not None
        with open(target.fd, "wb") as file:
            yield file
        return
    try:
        with _new_file(target.replaced, target.fd) as file:
            yield file
    except BaseException:
        if target.is_new:
            layout.remove(target.replaced)
        raise


def write_text(text: str, path: str) -> None:
    """Write a text in UTF-8, as `writing` does.

    Raises:
        OSError: it cannot be written; a regular file that was there is left as it was.
    """
    with writing(path) as file:
        file.write(text.encode())


@contextmanager
def _new_file(path: str, old: int | None) -> Iterator[BinaryIO]:
    """Yield a temporary file that is renamed once complete; `old` is a descriptor of the file that it replaces."""
    # The name is short: one made from the file's own could be longer than a name may be.
    temporary = os.path.join(os.path.dirname(path), f".perfmon-{os.urandom(8).hex()}{layout.TEMPORARY_SUFFIX}")
    try:
        with open(temporary, "xb") as file:
            if old is not None:
                _keep_permissions(old, file.fileno())
            yield file
        os.replace(temporary, path)
    except BaseException:
        layout.remove(temporary)
        raise
    finally:
        if old is not None:
            os.close(old)


def _keep_permissions(old: int, new: int) -> None:
    known, created = os.fstat(old), os.fstat(new)
    if (known.st_uid, known.st_gid) != (created.st_uid, created.st_gid):
        with suppress(PermissionError):  # only root may give files away
            os.fchown(new, known.st_uid, known.st_gid)
    mode = stat.S_IMODE(known.st_mode) & 0o777
    if os.fstat(new).st_gid != known.st_gid:
        mode &= ~0o070  # they were meant for another group
    os.fchmod(new, mode)


def _open(path: str) -> _OutputTarget:
    """Open what is there.

    The kernel opens it, and so refuses what it must: files that are read-only, and links that others planted in /tmp.
    """
    descriptor = _named_descriptor(path)
    if descriptor is not None:
        for stream in (sys.stdout, sys.stderr):  # what was printed before comes before
            if stream:
                stream.flush()
        return _OutputTarget(os.dup(descriptor), None)
    flags = os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):
            return _OutputTarget(_connect(path), None)
        fd = os.open(path, flags)
    except FileNotFoundError:
        if not os.path.islink(path):
            return _OutputTarget(None, path)
        fd = os.open(path, flags | os.O_CREAT, 0o666)  # what the link leads to
        return _OutputTarget(fd, os.path.realpath(path), is_new=True)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        return _OutputTarget(fd, None)
    real = _real_path(path, fd)
    if real is None:
        os.ftruncate(fd, 0)
    return _OutputTarget(fd, real)


def _real_path(path: str, fd: int) -> str | None:
    """Return the path of a regular file without links; None if only a descriptor of another process leads to it."""
    if _DESCRIPTORS.fullmatch(os.path.realpath(os.path.dirname(_last_link(path)))):
        return None
    real = os.path.realpath(path)
    try:
        return real if os.path.samestat(os.lstat(real), os.fstat(fd)) else None
    except FileNotFoundError:
        return None


def _named_descriptor(path: str) -> int | None:
    """The number of our own descriptor that a path such as /dev/stdout names.

    To open such a path would begin at the start of the file again, over what others wrote to it.
    """
    folder, name = os.path.split(_last_link(path))
    ours = {"/dev/fd", *map(os.path.realpath, ("/proc/self/fd", "/proc/thread-self/fd"))}
    return int(name) if name.isdecimal() and os.path.realpath(folder) in ours else None


def _last_link(path: str) -> str:
    """The path, or, if it is a link, the path where a chain of links ends or leads into a folder of descriptors."""
    for _ in range(_LINKS_MAX):
        folder = os.path.realpath(os.path.dirname(path))
        if folder == "/dev/fd" or _DESCRIPTORS.fullmatch(folder) or not os.path.islink(path):
            break
        path = os.path.join(folder, os.readlink(path))
    return path


def _connect(path: str) -> int:
    import socket  # noqa: PLC0415 - hardly anybody writes to one

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        return connection.detach()
