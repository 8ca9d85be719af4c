"""Names in the run folder, and how a file gets there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts

__version__ = "0.1.0"  # of perfmon: run.json and the reports say which one made them

# Format history. A reader accepts its own number and lower ones; columns may be added without a new number.
# 1: first version.
FORMAT = 1

FACTS = "run.json"
JOURNAL = "journal"
JOURNAL_SUFFIX = ".jsonl"

PICTURE_MARK = "perfmon plot"  # stands in the metadata of a picture, by which it is told from those of others

TEMPORARY_SUFFIX = ".tmp"  # of files that are not whole yet; no reader looks at them

ROWS_MAX = 20_000_000  # in one segment: ours have an hour's; a small file can claim more rows than memory holds

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def slug(name: str) -> str:
    """A name as it can stand in a file name: `meta-llama/Llama-3` becomes `meta-llama-Llama-3`.

    Letters beyond ASCII stay, so that `Łódź` can be read; everything else that is not plain becomes a dash.
    """
    plain = "".join(c if c in _PLAIN or (c.isalnum() and not c.isascii()) else "-" for c in name)
    return plain.strip("-.")[:80] or "unnamed"


def stem(writer: str, number: int) -> str:
    """Return the stem of a journal and of the segments sealed from it: `<writer>-0001`."""
    return f"{writer}-{number:04d}"


def journal_path(folder: str, stem: str) -> str:
    """Path of a journal: `journal/<writer>-0001.jsonl`."""
    return os.path.join(folder, JOURNAL, stem + JOURNAL_SUFFIX)


def segment_path(folder: str, table: str, stem: str) -> str:
    """Path of what was sealed from that journal for one table: `job/<writer>-0001.parquet`."""
    return os.path.join(folder, table, f"{stem}.parquet")


def identify(folder: str) -> tuple[int, int]:
    """Return the identity of a folder, which differs from that of any later folder in its place.

    Raises:
        OSError: there is no such folder.
    """
    known = os.stat(folder, follow_symlinks=False)
    return known.st_dev, known.st_ino


def open_folder(folder: str, identity: tuple[int, int] | None = None, *, within: int | None = None) -> int:
    """Open a run folder, or one in a folder open as `within`, to write into it; its descriptor is returned.

    Whatever takes the place of the path later, what is written by this descriptor lands in this folder.

    Raises:
        OSError: there is none, a link or a file stands in its place, or it is another than the one with this identity.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    known = os.fstat(fd)
    if identity is not None and identity != (known.st_dev, known.st_ino):
        os.close(fd)
        raise OSError(errno.ESTALE, "another folder has taken the place of the run folder", folder)
    return fd


def open_plain(path: str) -> int:
    """Open a file of a run folder for reading, if it is a plain file; its descriptor is returned.

    A run folder may be somebody else's: a link must not lead its reader out of it, nor a pipe keep the reader waiting.

    Raises:
        OSError: it cannot be opened, or it is a link, a pipe, a device or a folder.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "not a plain file", path)
    return fd


def is_folder(path: str) -> bool:
    """Whether this is a folder itself, and not a link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def remove(path: str, within: int | None = None) -> None:
    """Remove a file that may be gone already; `within` is an open folder that its path begins at."""
    try:  # noqa: SIM105 - contextlib takes time to import, and the command waits for it
        os.unlink(path, dir_fd=within)
    except OSError:
        pass
