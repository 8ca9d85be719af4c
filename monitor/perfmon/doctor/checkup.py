"""A short recording by every source: what it measures here, what it cannot, and why."""

from __future__ import annotations

import os
import select
import tempfile
import time
from typing import TYPE_CHECKING, NamedTuple

from perfmon.collector import Target
from perfmon.collectors import COLLECTORS
from perfmon.doctor.remedies import remedy
from perfmon.linux.process_tree import Tree
from perfmon.recorder.sampler import Sampler
from perfmon.store import clock, journal, layout, run_clock, schema
from perfmon.store.run_folder import create
from perfmon.store.run_json import Labels
from perfmon.store.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perfmon.store.journal import RecoveredRows, Row, Value

_TICKS = 3
_TICK_SECONDS = 0.4
_SOURCES = ("job", "host", "gpu", "folder")


class MissingValue(NamedTuple):
    """A value that cannot be had: of which GPU or folder, which column (all if None), why, and what can be done."""

    entity: str | None
    column: str | None
    reason: str
    detail: str
    remedy: str | None


class SourceReport(NamedTuple):
    """The values that one source measures on this machine.

    `values` are the last of each column that had one, by GPU or folder (an empty name where the source has only one);
    `seconds` is what one reading took.
    """

    source: str
    values: Mapping[str, Row]
    missing: tuple[MissingValue, ...]
    seconds: float

    @property
    def is_absent(self) -> bool:
        """Whether the source measures nothing at all."""
        return not self.values


class Checkup(NamedTuple):
    """The reports of all sources, and facts of the machine as run.json has them."""

    reports: tuple[SourceReport, ...]
    facts: Mapping[str, object]


def run_checkup(folders: Sequence[str], gpus: str) -> Checkup:
    """Record this process for a second, and report what each source gave.

    A source that hangs is waited for as long as a recording waits for it.

    Raises:
        OSError: there is no room for temporary files.
    """
    with tempfile.TemporaryDirectory(prefix="perfmon-") as runs:
        run = create(runs, Labels(), os.environ, command=["perfmon", "doctor"], interval=_TICK_SECONDS, folders=folders)
        segments = Segments(run, run.constants())
        target = Target(
            tree=Tree(os.getpid(), include_top=True),
            folders=tuple(folders),
            plots=(),
            begin_time=clock.parse_utc(str(run.facts["begin_time"])),
            run_folder=run.folder,
            gpus=gpus,
        )
        sampler = Sampler(COLLECTORS, target, segments, run_clock.of_run(run.facts))
        _record(sampler)
        segments.close()
        recovered = [journal.read(path) for path in _journals(run.folder)]
    return Checkup(tuple(_report(source, recovered) for source in _SOURCES), sampler.facts)


def _record(sampler: Sampler) -> None:
    for number in range(_TICKS):
        sampler.sample(0.0, last=number + 1 == _TICKS)
        deadline = time.monotonic() + _TICK_SECONDS
        while number + 1 < _TICKS and (left := deadline - time.monotonic()) > 0:
            select.select(sampler.filenos(), [], [], left)
            sampler.drain()
    sampler.finish()


def _journals(folder: str) -> Iterable[str]:
    below = os.path.join(folder, layout.JOURNAL)
    return [os.path.join(below, name) for name in sorted(os.listdir(below))]


def _report(source: str, recovered: Sequence[RecoveredRows]) -> SourceReport:
    rows = [row for one in recovered for row in one.rows.get(source, ())]
    audits = [row for one in recovered for row in one.rows.get("sampler", ()) if row["source"] == source]
    events = [row for one in recovered for row in one.rows.get("event", ()) if row.get("source") == source]
    values: dict[str, Row] = {}
    for row in rows:
        entity = str(row.get("uuid") or row.get("path") or "")
        known = {column.name: row[column.name] for column in schema.TABLES[source] if row.get(column.name) is not None}
        values[entity] = values.get(entity, {}) | known
    return SourceReport(
        source=source,
        values=values,
        missing=_missing(source, events),
        seconds=min((float(row["duration_seconds"] or 0) for row in audits), default=0.0),
    )


def _missing(source: str, events: Sequence[Row]) -> tuple[MissingValue, ...]:
    found = dict.fromkeys(
        MissingValue(
            _text(event.get("entity")),
            column := _text(event.get("column_name")),
            reason := str(event["reason"]),
            str(event["detail"]),
            remedy(source, column, reason),
        )
        for event in events
        if event["kind"] in ("absent", "null", "error")
    )
    return tuple(found)


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
