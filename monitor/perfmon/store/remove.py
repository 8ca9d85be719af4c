"""A run folder is removed, if it is one, nobody writes to it, and nothing else lies in it."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

from perfmon.store import journal, layout, liveness, run_json, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

_HIDDEN = ".removed-"  # readers pass over names that begin with a dot


class Refused(Exception):
    """The folder is left as it was; the text says why."""


def check(folder: str, *, force: bool) -> None:
    """See whether a run folder may be removed.

    `force` believes the caller that a run of another machine is over, and that what others put into the folder can go.

    Raises:
        Refused: it may not.
        OSError: it cannot be looked through.
    """
    if not layout.is_folder(folder):
        raise Refused("it is a link, or no folder")
    known = _facts(folder)
    others = list(_not_ours(folder))
    if not known and (others or not os.listdir(folder)):
        raise Refused("it is no run folder: it has no run.json of ours")
    state = liveness.of(folder, known)
    if state == liveness.ALIVE or _is_written(folder):
        raise Refused("it is still being recorded; end it first")
    if state == liveness.ELSEWHERE and not force:
        raise Refused(f"whether {known.get('host')} still records it can't be seen from here; if not, --force")
    if others and not force:
        raise Refused(f"perfmon did not put {others[0]} there; move it away, or --force")


def remove(folder: str) -> None:
    """Remove the folder and what is in it; links in it are removed, and not followed.

    It first gets a name that readers pass over, so that nobody ever sees half a run.

    Raises:
        OSError: it cannot be removed; the text says what is left, and where.
    """
    path = os.path.realpath(folder)
    parent, name = os.path.split(path)
    hidden = os.path.join(parent, f"{_HIDDEN}{name}-{os.urandom(4).hex()}")
    os.rename(path, hidden)
    try:
        shutil.rmtree(hidden)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}; what is left of it is in {hidden}", folder) from None


def size(folder: str) -> int:
    """Bytes of the files in it, as far as they can be seen."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:  # gone since it was listed
                continue
    return total


def _facts(folder: str) -> dict[str, object]:
    """What run.json says, if it is a run's."""
    try:
        known = run_json.read_facts(folder)
    except (OSError, ValueError):
        return {}
    return known if {"format", "run"} <= set(known) else {}


def _not_ours(folder: str) -> Iterator[str]:
    """What lies in a run folder that no recorder puts there, links included."""
    kinds = {layout.JOURNAL: layout.JOURNAL_SUFFIX, **dict.fromkeys(schema.TABLES, ".parquet")}
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False) and entry.name in kinds:
            for inner in os.scandir(entry.path):
                if not _is_file(inner, (kinds[entry.name], layout.TEMPORARY_SUFFIX)):
                    yield os.path.join(entry.name, inner.name)
        elif not (entry.name.startswith(layout.FACTS) and _is_file(entry, (layout.FACTS, layout.TEMPORARY_SUFFIX))):
            yield entry.name


def _is_file(entry: os.DirEntry[str], suffixes: tuple[str, ...]) -> bool:
    return entry.is_file(follow_symlinks=False) and entry.name.endswith(suffixes)


def _is_written(folder: str) -> bool:
    """Whether a process has one of its journals open: a pipeline may log to a run whose recorder is gone."""
    journals = os.path.join(folder, layout.JOURNAL)
    for name in os.listdir(journals) if layout.is_folder(journals) else ():
        try:
            if journal.is_held(os.path.join(journals, name)):
                return True
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.EINVAL, errno.ELOOP):  # gone, or no journal
                raise
    return False
