"""A run folder is removed file by file of what perfmon put there, if nobody writes to it; what else is there stays."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from perfmon.store import journal, layout, liveness, own_files, run_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HIDDEN = ".removed-"  # readers pass over names that begin with a dot
_STAYS = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR)


class Refused(Exception):
    """The folder is left as it was; the text says why."""


def check(folder: str, *, force: bool) -> list[str]:
    """See whether a run folder may be removed; the paths in it that would stay are returned.

    `force` believes the caller that a run of another machine is over.

    Raises:
        Refused: it may not.
        OSError: it cannot be looked through.
    """
    if not layout.is_folder(folder):
        raise Refused("it is a link, or no folder")
    if not own_files.is_run(folder):
        raise Refused("it is no run folder: it has no run.json of ours, and no journal")
    known = _facts(folder)
    state = liveness.recorder_state(folder, known)
    if state == liveness.ALIVE or _is_written(folder):
        raise Refused("it is still being recorded; end it first")
    if state == liveness.ELSEWHERE and not force:
        host = known.get("host") or "its machine"
        raise Refused(f"whether {host} still records it can't be seen from here; if not, --force")
    return own_files.contents(folder).foreign


def remove(folder: str) -> list[str]:
    """Remove what perfmon put there, and the folder if that was all; what stays is returned, relative to the folder.

    The folder first gets a name that readers pass over, so that nobody ever sees half a run; not so where something
    of others lies in it, which must not move. run.json goes last: a removal that was cut off can be repeated.

    Raises:
        OSError: something cannot be removed; the text says what is left, and where.
    """
    path = os.path.realpath(folder)
    if own_files.contents(path).foreign:
        return _empty(path)
    parent, name = os.path.split(path)
    hidden = os.path.join(parent, f"{_HIDDEN}{name}-{os.urandom(4).hex()}")
    os.rename(path, hidden)
    try:
        foreign = _empty(hidden)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}; what is left of it is in {hidden}", folder) from None
    if foreign:  # somebody put it there in this moment
        os.rename(hidden, path)
    return foreign


def remove_files(folder: str, names: Iterable[str]) -> None:
    """Remove files in a run folder; a link that took the place of a folder on their way is not followed.

    Raises:
        OSError: a file cannot be removed.
    """
    for name in names:
        inner, base = os.path.split(name)
        place = _open_folder(os.path.join(folder, inner) if inner else folder)
        try:
            os.unlink(base, dir_fd=place)
        except FileNotFoundError:  # somebody else removes it, too
            continue
        finally:
            os.close(place)


def size(folder: str) -> int:
    """Bytes of the files that would be removed, as far as they can be seen."""
    total = 0
    for name in own_files.contents(folder).files:
        try:
            total += os.lstat(os.path.join(folder, name)).st_size
        except OSError:  # gone since it was listed
            continue
    return total


def _empty(folder: str) -> list[str]:
    """Remove a recorder's files and the folders that are empty then; what stays is returned."""
    found = own_files.contents(folder)
    remove_files(folder, found.files)
    for path in (*(os.path.join(folder, name) for name in found.folders), folder):
        try:
            os.rmdir(path)
        except OSError as error:
            if error.errno not in _STAYS:
                raise
    return own_files.contents(folder).foreign if os.path.lexists(folder) else []


def _open_folder(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _facts(folder: str) -> Mapping[str, object]:
    """Return the facts of run.json; if it is lost, the host, as the run may still be recorded there."""
    try:
        return run_json.read_facts(folder)
    except (OSError, ValueError):
        return {"state": run_json.RUNNING, "host": own_files.journal_labels(folder).get("host")}


def _is_written(folder: str) -> bool:
    """Whether a process has one of its journals open: a pipeline may log to a run whose recorder is gone."""
    journals = os.path.join(folder, layout.JOURNAL)
    for name in os.listdir(journals) if layout.is_folder(journals) else ():
        try:
            if own_files.is_journal_name(name) and journal.is_locked(os.path.join(journals, name)):
                return True
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.EINVAL, errno.ELOOP):  # gone, or no journal
                raise
    return False
