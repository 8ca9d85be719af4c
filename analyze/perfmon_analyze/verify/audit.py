"""Audits a recording: its coverage, gaps and their reasons, damage, and the recorder's cost."""

from __future__ import annotations

import itertools
import math
import os
import warnings
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from perfmon.store import journal, layout, run_json
from perfmon_analyze.loading.run_folder import RunReader
from perfmon_analyze.verify.completeness import incomplete
from perfmon_analyze.verify.damage import damaged_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SOUND_COVERAGE = 0.99  # share of ticks that a sound run has: a machine under load misses one now and then
_JUMP_SECONDS = 0.25  # as in perfmon.steps
_STARTING_SECONDS = 5.0  # a recorder that takes longer than this to its first tick has missed some
_ENDING_SECONDS = 15.0  # between the last tick and the end a recorder may wait for slow sources, 10 s at most
_FAILURES = ("error", "unwritten")


class Gap(NamedTuple):
    """Ticks that are not there: between which times in seconds since the run's start, how many, and why."""

    begin_t: float
    end_t: float
    ticks: int
    reason: str


class Event(NamedTuple):
    """One event of table `event`, its end known if it has ended."""

    kind: str
    source: str
    entity: str | None
    reason: str | None
    begin_t: float | None
    end_t: float | None
    detail: str
    column: str | None = None


class Jump(NamedTuple):
    """A tick at which the wall clock moved by so many seconds more than the monotonic one."""

    t: float
    seconds: float


class Cost(NamedTuple):
    """The cost of the recorder in seconds and bytes; None if run.json does not state it."""

    cpu_seconds: float | None = None
    cpu_ratio: float | None = None
    peak_memory_bytes: int | None = None
    late_seconds_median: float | None = None
    late_seconds_max: float | None = None
    tick_seconds_median: float | None = None


@dataclass
class Audit:
    """The result of checking one run; the run is sound if there are no problems."""

    run: str
    state: str
    ticks: int = 0
    ticks_taken: int = 0
    ticks_due: int = 0
    gaps: list[Gap] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    jumps: list[Jump] = field(default_factory=list)
    damaged_lines: int = 0
    recovered_rows: int = 0
    rows_lost: int = 0
    cost: Cost = field(default_factory=Cost)
    problems: list[str] = field(default_factory=list)

    @property
    def coverage(self) -> float:
        """Share of the expected ticks that exist, from 0 to 1; 0 if none was expected."""
        return self.ticks / self.ticks_due if self.ticks_due else 0.0


class _SampledTick(NamedTuple):
    """One tick: its time, how late it was and how long reading took, in seconds."""

    t: float
    late: float
    seconds: float

    @property
    def slot(self) -> float:
        return self.t - self.late


def audit(path: str, *, alive: bool = False) -> Audit:
    """Check one run folder; what cannot be read is among the problems.

    `alive` means that the run is still being recorded.
    """
    with warnings.catch_warnings(record=True) as unreadable:
        warnings.simplefilter("always")
        folder = RunReader(path)
        result = Audit(os.path.basename(os.path.abspath(path)), str(folder.facts.get("state") or "unknown"))
        result.problems += damaged_files(path)
        result.events = _events(folder)
        ticks = _ticks(folder)
        _count_ticks(result, ticks, folder.facts)
        result.jumps = list(_jumps(folder))
        result.cost = _cost(folder.facts, ticks)
        _count_recovered(result, path)
        if not alive:  # else its files change during the check
            result.problems += incomplete(folder, result.events)
    result.problems += dict.fromkeys(str(warning.message) for warning in unreadable)
    result.problems += _problems(result, folder, alive=alive)
    return result


def _events(folder: RunReader) -> list[Event]:
    """Return each event once, with its end if known, sorted by begin."""
    last: dict[tuple[object, ...], Event] = {}
    names = ("kind", "source", "entity", "reason", "begin_t", "end_t", "detail", "column_name")
    for row in folder.read("event", names).to_pylist():
        key = tuple(row[name] for name in ("kind", "source", "column_name", "entity", "begin_t"))
        if key not in last or row["end_t"] is not None:
            kind, source, detail = (str(row[name] or "") for name in ("kind", "source", "detail"))
            last[key] = Event(
                kind, source, row["entity"], row["reason"], row["begin_t"], row["end_t"], detail, row["column_name"]
            )
    return sorted(last.values(), key=lambda event: event.begin_t or 0.0)


def _ticks(folder: RunReader) -> list[_SampledTick]:
    """Return the ticks in order of time, from table `sampler`, else from tables `job` or `host`."""
    found: dict[float, _SampledTick] = {}
    for row in folder.read("sampler", ("t", "late_seconds", "duration_seconds")).to_pylist():
        if row["t"] is not None and row["late_seconds"] is not None:
            before = found.get(row["t"], _SampledTick(row["t"], row["late_seconds"], 0.0))
            found[row["t"]] = before._replace(seconds=before.seconds + (row["duration_seconds"] or 0.0))
    for table in ("job", "host"):
        if not found:
            times = folder.read(table, ("t",))["t"].to_pylist()
            found = {t: _SampledTick(t, 0.0, 0.0) for t in times if t is not None}
    return [found[t] for t in sorted(found) if math.isfinite(t)]


def _count_ticks(result: Audit, ticks: Sequence[_SampledTick], known: Mapping[str, Any]) -> None:
    """Count the ticks and the missing ones between them into the audit."""
    result.ticks = len(ticks)
    interval = _number(known.get("interval_seconds"))
    if interval is None or interval <= 0:
        result.problems.append("the interval is not known, so it can't be told whether ticks are missing")
        interval = math.inf
    result.gaps = [
        Gap(begin, end, missing, _reason(result.events, begin, end))
        for begin, end in _stretches(ticks, _number(known.get("duration_seconds")))
        # the start, the end and late slots are off the grid by some tenths of an interval
        if (missing := math.ceil((end - begin) / interval - 0.1) - 1) > 0
    ]
    account = known.get("sampler")
    sampler = account if isinstance(account, dict) else {}
    recorded, missed, result.rows_lost = (
        int(_number(sampler.get(name)) or 0) for name in ("ticks", "ticks_missed", "rows_lost")
    )
    result.ticks_taken = recorded
    result.ticks_due = max(result.ticks + sum(gap.ticks for gap in result.gaps), recorded + missed)


def _stretches(ticks: Sequence[_SampledTick], duration: float | None) -> Iterator[tuple[float, float]]:
    """Yield begin and end of the times between neighbouring ticks, and of long times before and after all ticks."""
    if ticks and ticks[0].t > _STARTING_SECONDS:
        yield 0.0, ticks[0].slot
    for before, after in itertools.pairwise(ticks):
        yield before.slot, after.slot
    if ticks and duration is not None and duration - ticks[-1].t > _ENDING_SECONDS:
        yield ticks[-1].slot, duration


def _reason(events: Sequence[Event], begin: float, end: float) -> str:
    details = [
        event.detail
        for event in events
        if event.kind in ("missed", "unwritten", "suspended")
        and event.begin_t is not None
        and event.begin_t <= end
        and (event.end_t is None or event.end_t >= begin)
    ]
    return "; ".join(dict.fromkeys(details)) or "no reason is recorded"


def _jumps(folder: RunReader) -> Iterator[Jump]:
    rows = folder.read("sampler", ("t", "time"))
    wall = rows["time"].cast(pa.int64()).to_pylist()
    stamps = sorted({(t, ns) for t, ns in zip(rows["t"].to_pylist(), wall, strict=True) if None not in (t, ns)})
    for (t, ns), (next_t, next_ns) in itertools.pairwise(stamps):
        seconds = (next_ns - ns) / 1e9 - (next_t - t)
        if abs(seconds) > _JUMP_SECONDS:
            yield Jump(next_t, round(seconds, 4))


def _cost(known: Mapping[str, Any], ticks: Sequence[_SampledTick]) -> Cost:
    account = known.get("sampler")
    sampler = account if isinstance(account, dict) else {}
    cpu, seconds, memory = (
        _number(value)
        for value in (sampler.get("cpu_seconds"), known.get("duration_seconds"), sampler.get("peak_memory_bytes"))
    )
    return Cost(
        cpu_seconds=cpu,
        cpu_ratio=cpu / seconds if cpu is not None and seconds else None,
        peak_memory_bytes=None if memory is None else int(memory),
        late_seconds_median=median(tick.late for tick in ticks) if ticks else None,
        late_seconds_max=max((tick.late for tick in ticks), default=None),
        tick_seconds_median=median(tick.seconds for tick in ticks) if ticks else None,
    )


def _count_recovered(result: Audit, path: str) -> None:
    """Count unsealed rows, and lines damaged now or before they were sealed, into the audit."""
    journals = os.path.join(path, layout.JOURNAL)
    for name in sorted(os.listdir(journals)) if layout.is_folder(journals) else ():
        try:
            recovered = journal.read(os.path.join(journals, name))
        except OSError as error:
            result.problems.append(f"{os.path.join(journals, name)} cannot be read: {error.strerror}")
            continue
        result.damaged_lines += recovered.damaged
        result.recovered_rows += sum(map(len, recovered.rows.values()))
    torn = [event.detail.partition(" ")[0] for event in result.events if event.kind == "torn"]
    result.damaged_lines += sum(int(count) if count.isdecimal() else 1 for count in torn)


def _problems(result: Audit, folder: RunReader, *, alive: bool) -> Iterator[str]:
    """Yield the reasons why the run is not sound."""
    if result.state == run_json.RUNNING:
        yield "it is still being recorded" if alive else "its recorder died; `perfmon seal` ends it"
    elif result.state == run_json.LOST:
        yield f"its recorder was lost after {_number(folder.facts.get('duration_seconds')) or 0:.1f} s"
    if not result.ticks:
        yield "there is not one tick in it"
    elif result.coverage < SOUND_COVERAGE:
        yield f"{result.ticks_due - result.ticks} of {result.ticks_due} ticks are missing"
    elif result.ticks < result.ticks_taken and not alive:
        yield f"{result.ticks_taken - result.ticks} of the {result.ticks_taken} ticks that were taken are not there"
    if result.rows_lost:
        yield f"{result.rows_lost} rows could not be written, as run.json says"
    if result.damaged_lines:
        yield f"{result.damaged_lines} lines of its journals were torn or damaged"
    for event in result.events:
        if event.kind in _FAILURES:
            yield f"{event.source} failed{_when(event)}: {event.detail}"


def _when(event: Event) -> str:
    if event.begin_t is None:
        return ""
    return f" from {event.begin_t:.1f} s " + ("on" if event.end_t is None else f"to {event.end_t:.1f} s")


def _number(value: object) -> float | None:
    """Return a finite number of run.json as float, else None."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None  # type: ignore[arg-type]  # it is one of the two
