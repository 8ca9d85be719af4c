"""What is due of a run's tables and is not there: whole tables, files, rows.

What is due is told several times over. A segment says how many rows of each table its journal had. The journals of one
writer are numbered from 1, and run.json says how many there were at the end. It says, too, what was recorded: with
which GPUs, of which folders. And at every tick table `sampler` says which sources have answered. Runs from before the
first two were written down are held to the others.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from perfmon.store import layout, run_json
from perfmon_analyze.verify.due_at_ticks import due_at_ticks
from perfmon_analyze.verify.pieces import numbered, pieces
from perfmon_analyze.verify.shortage import Shortage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perfmon_analyze.loading.run_folder import RunFolder
    from perfmon_analyze.verify.audit import Event
    from perfmon_analyze.verify.pieces import Pieces

_ALWAYS = ("job", "host", "sampler")  # tables that every recorder fills
_NUMBERS_MOST = 100_000  # journals of one writer: an hour each
_EXCUSES = ("absent", "error", "null")  # kinds of events that say why a source gave nothing


def incomplete(folder: RunFolder, events: Sequence[Event]) -> Iterator[str]:
    """What is missing of a run that nobody records any more, a line each, with the names of files."""
    found = pieces(folder)
    torn = _torn(folder, events)
    shortages = {(one.table, one.stem): one for one in due_at_ticks(found, events)}
    shortages |= {(one.table, one.stem): one for one in _unlike_their_journals(found)}
    shortages = {key: one for key, one in shortages.items() if not 0 < one.due - one.there <= torn[one.stem]}
    gone = sorted({table for table, _ in shortages if not any(table in tables for tables in found.values())})
    for table in gone:
        rows = sum(one.due for one in shortages.values() if one.table == table)
        yield f"{os.path.join(folder.path, table)} is missing: {rows} rows of it are due"
    for table in _due_by_facts(folder.facts, found, events):
        if table not in gone:
            yield f"{os.path.join(folder.path, table)} is missing, though it was recorded"
    for (table, stem), one in sorted(shortages.items()):
        if table not in gone:
            yield f"{layout.segment_path(folder.path, table, stem)} {_told(one, is_there=table in found[stem])}"
    yield from _missing_journals(folder, found)
    if "folder" not in gone:
        yield from _unseen_folders(folder, found, events)


def _told(one: Shortage, *, is_there: bool) -> str:
    return f"has {one.there} rows of {one.due}" if is_there else f"is missing: {one.due} rows of it are due"


def _torn(folder: RunFolder, events: Sequence[Event]) -> Counter[str]:
    """Lines of each journal that were damaged, which is told elsewhere."""
    torn = Counter({stem: recovered.damaged for stem, recovered in folder.journals.items()})
    for event in events:
        if event.kind == "torn" and event.entity:
            lines = event.detail.partition(" ")[0]
            torn[event.entity] += int(lines) if lines.isdecimal() else 1
    return torn


def _unlike_their_journals(found: Pieces) -> Iterator[Shortage]:
    """Segments that do not have the rows that those beside them say their journal had."""
    for stem, tables in found.items():
        said = {table: rows for piece in tables.values() for table, rows in piece.journal_rows.items()}
        for table, due in said.items():
            there = tables[table].rows if table in tables else 0
            if there is not None and there != due:
                yield Shortage(table, stem, there, due)


def _due_by_facts(known: Mapping[str, object], found: Pieces, events: Sequence[Event]) -> Iterator[str]:
    """Tables of which there is nothing, though run.json or an error tells that they were filled."""
    there = {table for tables in found.values() for table in tables}
    account, hardware = known.get("sampler"), known.get("hardware")
    absent = hardware.get("absent") if isinstance(hardware, dict) else None
    if isinstance(account, dict) and account.get("ticks"):
        yield from (table for table in _ALWAYS if table not in there)
    excused = {event.source for event in events if _is_excuse(event)}
    if _has_gpus(hardware) and "gpu" not in there and "gpu" not in excused:
        yield "gpu"
    if absent and "event" not in there:  # it has the reason
        yield "event"


def _is_excuse(event: Event) -> bool:
    """Whether it says why a source, or one thing that it reads, gave nothing at all."""
    return event.kind in _EXCUSES and event.column is None


def _has_gpus(hardware: object) -> bool:
    gpus = hardware.get("gpus") if isinstance(hardware, dict) else None
    return isinstance(gpus, list) and any(isinstance(gpu, dict) and gpu.get("recorded", True) for gpu in gpus)


def _missing_journals(folder: RunFolder, found: Pieces) -> Iterator[str]:
    """Journals of which there is neither the file nor anything that was sealed of it."""
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for stem in found:
        writer, number = numbered(stem)
        if number:
            numbers[writer].add(number)
    account = folder.facts.get("sampler")
    own, others = (_count(account, name) for name in ("journals", "pipeline_journals"))
    recorders = {numbered(stem)[0] for stem, tables in found.items() if "sampler" in tables}
    for writer, there in numbers.items():
        last = max(*there, own if recorders == {writer} else 0)
        if last - len(there) > _NUMBERS_MOST:  # a name that somebody made up
            continue
        for number in sorted(set(range(1, last + 1)) - there):
            path = layout.journal_path(folder.path, layout.stem(writer, number))
            yield f"{path} is missing, and all that was sealed of it"
    here = sum(max(there) for writer, there in numbers.items() if writer not in recorders)
    if here < others:
        yield f"{others - here} of {others} journals of the pipeline's processes are missing"


def _count(account: object, name: str) -> int:
    value = account.get(name) if isinstance(account, dict) else None
    return min(value, _NUMBERS_MOST) if isinstance(value, int) else 0


def _unseen_folders(folder: RunFolder, found: Pieces, events: Sequence[Event]) -> Iterator[str]:
    """Watched folders that have no row, though each has one at the end of a run, and no event says why."""
    known = folder.facts
    account = known.get("sampler")
    if known.get("state") in (run_json.RUNNING, run_json.LOST, None) or not (isinstance(account, dict) and account):
        return
    excused = {event.entity for event in events if event.source == "folder" and _is_excuse(event)}
    seen: set[object] = set()
    for tables in found.values():
        if "folder" in tables:
            seen |= set(tables["folder"].read(("path",))["path"].to_pylist())
    folders = known.get("folders")
    for path in dict.fromkeys(folders if isinstance(folders, list) else ()):
        written = path.encode(errors="replace").decode() if isinstance(path, str) else None
        if written is not None and not {path, written, None} & excused and written not in seen:
            yield f"{os.path.join(folder.path, 'folder')} has no row of the watched folder {path}"
