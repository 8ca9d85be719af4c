"""Journals become Parquet files, whole or not at all.

It runs in a short-lived process of its own, so that the sampler stays small.
"""

from __future__ import annotations

import errno
import fcntl
import math
import os

from perfmon.lean.standard_error import tell
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, suppress
from perfmon.store import journal, layout, own_files, parquet, publish, run_json, schema
from perfmon.store import run_json as facts_of_a_run
from perfmon.store.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perfmon.store.journal import RecoveredRows, Row, Value


class SealResult(NamedTuple):
    """The result of sealing a run: journals sealed, damaged lines, journals locked by a process, and problems."""

    journals: int
    damaged: int
    locked: int
    problems: tuple[str, ...]


def seal(folder: str) -> SealResult:
    """Seal every unlocked journal of a run. A journal that cannot be sealed stays, and its problem is returned.

    Raises:
        OSError: run.json or the folder of journals cannot be read.
        ValueError: run.json does not hold a JSON object.
    """
    facts = run_json.read_facts(folder)
    journals = os.path.join(folder, layout.JOURNAL)
    try:
        lock = os.open(journals, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return SealResult(0, 0, 0, ())
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one sealer at a time: the recorder's, or somebody's `perfmon seal`
        if not os.path.isdir(journals):  # the one that we waited for has sealed the whole run
            return SealResult(0, 0, 0, ())
        _remove_left_over(folder)
        names = sorted(filter(own_files.is_journal_name, os.listdir(journals)))
        sealed = _seal_each(folder, names, facts)
        if facts.get("state") != facts_of_a_run.RUNNING and not os.listdir(journals):
            os.rmdir(journals)
    finally:
        os.close(lock)
    return sealed


def _remove_left_over(folder: str) -> None:
    """Remove the temporary files of sealers that were killed: nobody else seals while we hold the lock."""
    for table_folder in (os.path.join(folder, table) for table in schema.TABLES):
        if layout.is_folder(table_folder):
            for path in (os.path.join(table_folder, name) for name in os.listdir(table_folder)):
                with suppress(OSError):  # it is no file, or nobody may read it
                    if own_files.is_left_over(path):
                        layout.remove(path)


def _seal_each(folder: str, names: Sequence[str], facts: Mapping[str, object]) -> SealResult:
    journals = damaged = locked = 0
    problems = []
    for name in names:
        try:
            lines = seal_journal(folder, name, facts)
        except OSError as error:
            problems.append(f"{name}: {error}")
            continue
        journals += lines is not None
        locked += lines is None
        damaged += lines or 0
    return SealResult(journals, damaged, locked, tuple(problems))


def seal_journal(folder: str, name: str, facts: Mapping[str, object]) -> int | None:
    """Turn one journal into segments, one a table, and remove it.

    Returns the number of its damaged lines, or None if a process has it locked: then it is left as it is.

    Raises:
        OSError: a segment could not be written; the journal stays.
    """
    path = os.path.join(folder, layout.JOURNAL, name)
    lock = journal.try_lock(path)
    if lock is None:
        return None
    try:
        recovered = journal.read(path)
        if not (recovered.labels or recovered.rows or own_files.is_torn_journal(path)):
            raise OSError(errno.EINVAL, "not a line of it is perfmon's, and it stays")
        publish.publish(_segments(folder, name.removesuffix(layout.JOURNAL_SUFFIX), recovered, facts))
        os.unlink(path)
    finally:
        os.close(lock)
    return recovered.damaged


def _segments(
    folder: str, stem: str, recovered: RecoveredRows, facts: Mapping[str, object]
) -> Iterator[tuple[str, bytearray]]:
    """Yield the segments of a journal, as path and content."""
    rows = recovered.rows
    if recovered.damaged:
        rows = rows | {"event": [*rows.get("event", []), _torn(stem, recovered)]}
    from_facts = {name: _plain(facts.get(name)) for name in schema.CONSTANT}
    labels = recovered.labels or from_facts  # the line of labels was torn
    counts = {table: len(rows[table]) for table in schema.TABLES if table in rows}
    for table in counts:
        segment = layout.segment_path(folder, table, stem)
        publish.ensure_folder(segment)  # before we ask for the segment, which a link could answer for
        if not os.path.lexists(segment):  # there is one if a sealer died after publishing it
            yield segment, parquet.encode(parquet.to_arrow(table, rows[table], labels, facts), counts)


def _torn(stem: str, recovered: RecoveredRows) -> Row:
    """Return the event on lost lines of a journal; its time is that of the last row before."""
    rows = [row for some in recovered.rows.values() for row in some]
    last = max(rows, key=lambda row: _number(row.get("t")), default={})
    event: Row = {"kind": "torn", "source": "journal", "entity": stem}
    detail = f"{recovered.damaged} lines were torn or damaged, and what they held is lost"
    return event | {"time": last.get("time"), "t": last.get("t"), "begin_t": last.get("t"), "detail": detail}


def _number(value: object) -> float:
    return value if isinstance(value, (int, float)) else -math.inf


def _plain(value: object) -> Value:
    return value if isinstance(value, (str, int, float)) else None


def seal_and_report(folder: str, identity: tuple[int, int] | None = None) -> int:
    """Seal a run and print problems on standard error; return the exit status.

    It is for a process that does nothing else: it makes the run folder its working directory, so that all lands in
    there even if something takes its place meanwhile. `identity` is the folder's, as `layout.identify` returned it.
    """
    try:
        os.fchdir(layout.open_folder(folder, identity))
        problems = seal(".").problems
    except (OSError, ValueError) as error:
        problems = (str(error),)
    for problem in problems:
        told = printable(f"{folder} is not sealed: {problem}; its journal stays and can be read")
        tell(f"perfmon: {told}")
    return 1 if problems else 0
