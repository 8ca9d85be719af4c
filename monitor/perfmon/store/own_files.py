"""Recognizes run folders, and the files in them that a recorder wrote.

All code that lists, reads, seals, removes or excludes run folders uses this. Names alone decide nothing: people
have folders called `job` and files called `run.json`, too.
"""

from __future__ import annotations

import os

from perfmon.lean.stdlib import NamedTuple
from perfmon.store import journal, layout, run_json, schema

FOLDERS = frozenset((layout.JOURNAL, *schema.TABLES))  # that a recorder makes in a run folder
SEGMENT_SUFFIX = ".parquet"

_PARQUET = b"PAR1"  # a Parquet file begins with it, and ends with it once it is whole
_FOOTER_BYTES = 16 << 20  # more than the footer of any segment
_FACTS_BEGIN = b'{"format":'  # of run.json, without its blanks
_FACTS_BYTES = 64 << 20  # of a run.json; ours are much smaller
_SEARCHED_LINES = 100  # of a journal, for one that is whole
_HEXADECIMAL = frozenset("0123456789abcdef")


class Contents(NamedTuple):
    """The content of a run folder: files written by a recorder, folders of tables, and foreign files.

    Paths are relative to the run folder; run.json is the last of the files.
    """

    files: list[str]
    folders: list[str]
    foreign: list[str]


def is_run(folder: str) -> bool:
    """Whether this folder is a run's: it has a run.json of perfmon's, or a journal.

    A run.json that is torn is known by its beginning, and counts where segments lie beside it.
    """
    try:
        run_json.read_facts(folder)
    except (OSError, ValueError):
        return has_journal(folder) or (is_torn_facts(os.path.join(folder, layout.FACTS)) and has_segment(folder))
    return True


def has_journal(folder: str) -> bool:
    """Whether the folder has a journal in which at least one line is whole."""
    journals = os.path.join(folder, layout.JOURNAL)
    if not layout.is_folder(journals):
        return False
    try:
        names = os.listdir(journals)
    except OSError:
        return False
    return any(_has_line(os.path.join(journals, name)) for name in names if is_journal_name(name))


def journal_labels(folder: str) -> journal.Row:
    """The labels of the first journal that has any, for a run whose run.json is lost."""
    journals = os.path.join(folder, layout.JOURNAL)
    for name in sorted(filter(is_journal_name, os.listdir(journals))) if layout.is_folder(journals) else ():
        try:
            if labels := journal.read(os.path.join(journals, name)).labels:
                return labels
        except OSError:
            continue
    return {}


def has_segment(folder: str) -> bool:
    """Whether a table's folder holds a whole segment: what is left of a run that lost its run.json still has them."""
    for table in schema.TABLES:
        path = os.path.join(folder, table)
        try:
            names = os.listdir(path) if layout.is_folder(path) else []
        except OSError:
            continue
        if any(_is_segment(os.path.join(path, name)) for name in names if name.endswith(SEGMENT_SUFFIX)):
            return True
    return False


def is_journal_name(name: str) -> bool:
    """Whether a recorder or a pipeline gives this name to a journal."""
    return name.endswith(layout.JOURNAL_SUFFIX) and _is_stem(name.removesuffix(layout.JOURNAL_SUFFIX))


def is_left_over(path: str) -> bool:
    """Whether the file is an unfinished segment or run.json under its temporary name.

    Raises:
        OSError: it cannot be read, or is not a plain file.
    """
    name = os.path.basename(path)
    if is_temporary_facts(name):
        return _is_facts(path)
    return _is_temporary_segment(name) and (_is_segment(path) or _is_torn_segment(path))


def is_temporary_facts(name: str) -> bool:
    """Whether a recorder gives this name, `run.json.<pid>-<8 hex>.tmp`, to a run.json that is not whole yet."""
    if not (name.startswith(f"{layout.FACTS}.") and name.endswith(layout.TEMPORARY_SUFFIX)):
        return False
    pid, dash, digits = name[len(layout.FACTS) + 1 : -len(layout.TEMPORARY_SUFFIX)].partition("-")
    return pid.isdecimal() and (not dash or _is_hexadecimal(digits))


def contents(folder: str) -> Contents:
    """List the content of a run folder, by who wrote it. Links are not followed, and count as foreign.

    Raises:
        OSError: the folder cannot be read.
    """
    found = Contents([], [], [])
    facts: list[str] = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False) and entry.name in FOLDERS:
            found.folders.append(entry.name)
            for inner in sorted(os.scandir(entry.path), key=lambda inner: inner.name):
                path = os.path.join(entry.name, inner.name)
                (found.files if _is_recorder_file(inner, entry.name) else found.foreign).append(path)
        elif _is_recorder_file(entry, ""):
            (facts if entry.name == layout.FACTS else found.files).append(entry.name)
        else:
            found.foreign.append(entry.name)
    found.files.extend(facts)
    return found


def is_torn_journal(path: str) -> bool:
    """Whether a file without one whole line may be a journal: it is empty, or begins as one does.

    Raises:
        OSError: it cannot be read, or is not a plain file.
    """
    begin = _begin(path, 12)
    return begin[:2] == b'["'[: len(begin)] and begin[10:] == b'",'[: max(0, len(begin) - 10)]


def _is_recorder_file(entry: os.DirEntry[str], folder: str) -> bool:
    """Whether a recorder wrote this file in a run folder, or in this subfolder of one."""
    if not entry.is_file(follow_symlinks=False):
        return False
    name, path = entry.name, entry.path
    try:
        if folder == layout.JOURNAL:
            return is_journal_name(name) and (is_torn_journal(path) or _has_line(path))
        if folder:
            ours = _is_segment_name(name) or _is_temporary_segment(name)
            return ours and (_is_segment(path) or _is_torn_segment(path))
        return (name == layout.FACTS or is_temporary_facts(name)) and _is_facts(path)
    except OSError:  # it is gone, or cannot be read: then nobody knows whose it is
        return False


def is_torn_facts(path: str) -> bool:
    """Whether the file is a torn run.json of perfmon: not valid JSON, but with its beginning."""
    try:
        text = _begin(path, _FACTS_BYTES)
        run_json.parse_facts(text.decode(errors="surrogateescape"), path)
    except (OSError, run_json.ForeignRunJson):
        return False
    except ValueError:
        begin = b"".join(text[:64].split())
        return begin[: len(_FACTS_BEGIN)] == _FACTS_BEGIN[: len(begin)]
    return False


def _is_facts(path: str) -> bool:
    try:
        run_json.parse_facts(_begin(path, _FACTS_BYTES).decode(errors="surrogateescape"), path)
    except ValueError:
        return is_torn_facts(path)
    return True


def _is_stem(stem: str) -> bool:
    """Whether it is `<host>-<pid>-<8 hex>-<number>`; the number may be missing."""
    writer, _, number = stem.rpartition("-")
    for name in (writer if number.isdecimal() else "", stem):
        host, *rest = name.rsplit("-", 2)
        if host and len(rest) == 2 and rest[0].isdecimal() and _is_hexadecimal(rest[1]):
            return True
    return False


def _is_hexadecimal(digits: str) -> bool:
    return len(digits) == 8 and set(digits) <= _HEXADECIMAL


def _is_segment_name(name: str) -> bool:
    return name.endswith(SEGMENT_SUFFIX) and _is_stem(name.removesuffix(SEGMENT_SUFFIX))


def _is_temporary_segment(name: str) -> bool:
    """Whether a sealer gives this name, `<segment>.<pid>.tmp`, to a segment that is not whole yet."""
    segment, _, pid = name.removesuffix(layout.TEMPORARY_SUFFIX).rpartition(".")
    return name.endswith(layout.TEMPORARY_SUFFIX) and pid.isdecimal() and _is_segment_name(segment)


def _has_line(path: str) -> bool:
    """Whether one of the first lines is a whole line of a journal."""
    try:
        with open(layout.open_plain(path), "rb") as file:
            return any(journal.is_line(file.readline(journal.LINE_BYTES)) for _ in range(_SEARCHED_LINES))
    except OSError:
        return False


def _is_segment(path: str) -> bool:
    """Whether the file is a whole Parquet file with perfmon's metadata."""
    try:
        with open(layout.open_plain(path), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 8))
            end = file.read()
            length = int.from_bytes(end[:4], "little")
            if end[4:] != _PARQUET or length > min(size, _FOOTER_BYTES):
                return False
            file.seek(max(0, size - 8 - length))
            return b"perfmon.run" in file.read(length)
    except OSError:
        return False


def _is_torn_segment(path: str) -> bool:
    """Whether the file is empty, or has the beginning of a Parquet file but not its end.

    Raises:
        OSError: it cannot be read, or is not a plain file.
    """
    with open(layout.open_plain(path), "rb") as file:
        begin = file.read(4)
        file.seek(max(0, file.seek(0, os.SEEK_END) - 4))
        return begin in (b"", _PARQUET) and (not begin or file.read() != _PARQUET)


def _begin(path: str, length: int) -> bytes:
    with open(layout.open_plain(path), "rb") as file:
        return file.read(length)
