"""Finds missing tables, files and rows of a run.

Several records state what must exist. A segment states how many rows of each table its journal had. The journals of
one writer are numbered from 1, and run.json states their number at the end, the GPUs and the folders that were
recorded. Table `sampler` lists for every tick which sources answered. Older runs lack the first two records and are
checked by the others only.
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

    from perfmon_analyze.loading.run_folder import RunReader
    from perfmon_analyze.verify.audit import Event
    from perfmon_analyze.verify.pieces import Pieces

_ALWAYS = ("job", "host", "sampler")  # tables that every recorder fills
_NUMBERS_MOST = 100_000  # journals of one writer: an hour each
_EXCUSES = ("absent", "error", "null")  # kinds of events that say why a source gave nothing


def incomplete(folder: RunReader, events: Sequence[Event]) -> Iterator[str]:
    """Yield a line with the file's name for each missing piece of a run that is no longer recorded."""
    by_stem = pieces(folder)
    torn = _torn(folder, events)
    shortages = {(one.table, one.stem): one for one in due_at_ticks(by_stem, events)}
    shortages |= {(one.table, one.stem): one for one in _differing_from_journals(by_stem)}
    shortages = {key: one for key, one in shortages.items() if not 0 < one.due - one.present <= torn[one.stem]}
    absent = sorted({table for table, _ in shortages if not any(table in tables for tables in by_stem.values())})
    for table in absent:
        rows = sum(one.due for one in shortages.values() if one.table == table)
        yield f"{os.path.join(folder.path, table)} is missing: {rows} rows of it are due"
    for table in _due_by_facts(folder.facts, by_stem, events):
        if table not in absent:
            yield f"{os.path.join(folder.path, table)} is missing, though it was recorded"
    for (table, stem), one in sorted(shortages.items()):
        if table not in absent:
            yield f"{layout.segment_path(folder.path, table, stem)} {_describe(one, exists=table in by_stem[stem])}"
    yield from _missing_journals(folder, by_stem)
    if "folder" not in absent:
        yield from _folders_without_rows(folder, by_stem, events)


def _describe(one: Shortage, *, exists: bool) -> str:
    return f"has {one.present} rows of {one.due}" if exists else f"is missing: {one.due} rows of it are due"


def _torn(folder: RunReader, events: Sequence[Event]) -> Counter[str]:
    """Return the number of damaged lines by journal, which the audit reports separately."""
    torn = Counter({stem: recovered.damaged for stem, recovered in folder.journals.items()})
    for event in events:
        if event.kind == "torn" and event.entity:
            lines = event.detail.partition(" ")[0]
            torn[event.entity] += int(lines) if lines.isdecimal() else 1
    return torn


def _differing_from_journals(found: Pieces) -> Iterator[Shortage]:
    """Yield tables whose number of rows differs from the number that segments of the same journal state."""
    for stem, tables in found.items():
        expected = {table: rows for piece in tables.values() for table, rows in piece.journal_rows.items()}
        for table, due in expected.items():
            present = tables[table].rows if table in tables else 0
            if present is not None and present != due:
                yield Shortage(table, stem, present, due)


def _due_by_facts(known: Mapping[str, object], found: Pieces, events: Sequence[Event]) -> Iterator[str]:
    """Yield tables without any rows, although run.json or an error shows that they were filled."""
    present = {table for tables in found.values() for table in tables}
    account, hardware = known.get("sampler"), known.get("hardware")
    absent = hardware.get("absent") if isinstance(hardware, dict) else None
    if isinstance(account, dict) and account.get("ticks"):
        yield from (table for table in _ALWAYS if table not in present)
    excused = {event.source for event in events if _is_excuse(event)}
    if _has_gpus(hardware) and "gpu" not in present and "gpu" not in excused:
        yield "gpu"
    if absent and "event" not in present:  # the event holds the reason
        yield "event"


def _is_excuse(event: Event) -> bool:
    """Whether the event explains why a source, or one of its devices or folders, gave nothing at all."""
    return event.kind in _EXCUSES and event.column is None


def _has_gpus(hardware: object) -> bool:
    gpus = hardware.get("gpus") if isinstance(hardware, dict) else None
    return isinstance(gpus, list) and any(isinstance(gpu, dict) and gpu.get("recorded", True) for gpu in gpus)


def _missing_journals(folder: RunReader, found: Pieces) -> Iterator[str]:
    """Yield journals of which neither the file nor a segment exists."""
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for stem in found:
        writer, number = numbered(stem)
        if number:
            numbers[writer].add(number)
    account = folder.facts.get("sampler")
    recorder_journals, pipeline_journals = (_count(account, name) for name in ("journals", "pipeline_journals"))
    recorders = {numbered(stem)[0] for stem, tables in found.items() if "sampler" in tables}
    for writer, present in numbers.items():
        last = max(*present, recorder_journals if recorders == {writer} else 0)
        if last - len(present) > _NUMBERS_MOST:  # an invented name
            continue
        for number in sorted(set(range(1, last + 1)) - present):
            path = layout.journal_path(folder.path, layout.stem(writer, number))
            yield f"{path} is missing, and all that was sealed of it"
    known = sum(max(present) for writer, present in numbers.items() if writer not in recorders)
    if known < pipeline_journals:
        yield f"{pipeline_journals - known} of {pipeline_journals} journals of the pipeline's processes are missing"


def _count(account: object, name: str) -> int:
    value = account.get(name) if isinstance(account, dict) else None
    return min(value, _NUMBERS_MOST) if isinstance(value, int) else 0


def _folders_without_rows(folder: RunReader, found: Pieces, events: Sequence[Event]) -> Iterator[str]:
    """Yield watched folders without a row, although each gets one at the end of a run, and without an event."""
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
