"""The sampler: it reads every source at each tick, and turns failures into rows."""

from __future__ import annotations

import os
import time

from perfmon.collector import Absent, Answer, Tick
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux.peak_memory import PeakMemory
from perfmon.linux.wait import readable
from perfmon.recorder.clock_steps import ClockWatch
from perfmon.recorder.isolated_collector import IsolatedCollector
from perfmon.recorder.lost_rows import LostRows
from perfmon.recorder.open_events import OpenEvents, event
from perfmon.redaction.redactor import redactor_for
from perfmon.store.journal import stamp_rows
from perfmon.store.reasons import ERROR, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfmon.collector import Collector, Target
    from perfmon.store.journal import Row, Value
    from perfmon.store.run_clock import Clock, Stamp
    from perfmon.store.segments import Segments


class Sampler:
    """Reads the sources and appends their rows to the journal.

    Sources that cannot hang are read in turn, within the tick. The others answer from helper processes when they can,
    and their rows carry the stamp of the tick that asked for them.
    """

    def __init__(self, kinds: Iterable[type[Collector]], target: Target, journal: Segments, clock: Clock) -> None:
        self.facts: dict[str, object] = {}
        self._target = target._replace(learned=self.facts)
        self._journal = journal
        self._clock = clock
        self._open_events = OpenEvents()
        self._local: list[Collector] = []
        self._isolated: list[IsolatedCollector] = []
        self.absent: dict[str, str] = {}
        self._first_job: Row = {}
        self._last_job: Row = {}
        self._has_written = False  # the job, since the tick before
        self.peaks = PeakMemory()
        self.pids: tuple[int, ...] = ()
        self.ticks = 0
        self.late_seconds_max = 0.0
        self._clock_watch = ClockWatch(clock)
        self._lost_rows = LostRows("sampler")
        for kind in kinds:
            self._open(kind)

    def _open(self, kind: type[Collector]) -> None:
        try:
            kind.probe()
            if kind.can_hang:
                self._isolated.append(IsolatedCollector(kind, self._target, self._clock.monotonic))
            else:
                collector = kind(self._target)
                self.facts |= collector.open()
                self._local.append(collector)
        except Absent as absent:
            self._write(self._lines(kind.source, self._clock.stamp(), Answer(absent=absent)))

    def filenos(self) -> list[int]:
        """Descriptors that can be read once a helper process answers; `drain` takes in these answers."""
        return [fd for isolated in self._isolated if (fd := isolated.fileno()) is not None]

    def sample(self, late: float, *, last: bool = False) -> None:
        """Take one tick, `late` seconds after its slot: read local sources, ask the others, write all answers."""
        stamp = self._clock.stamp()
        lines = stamp_rows(stamp, self._clock_watch.check(stamp))
        begin = time.perf_counter()
        self.pids = tuple(self._target.tree.pids())
        tick = Tick(self.pids, last)
        search = time.perf_counter() - begin
        lines += self._answers()
        for isolated in self._isolated:  # first, so that the quick ones have answered when the others are through
            isolated.ask(stamp, tick)
        for collector in self._local:
            answer = _ask(collector, tick, search if collector.source == "job" else 0.0)
            lines += self._lines(collector.source, stamp, answer, late)
        if self._has_written:
            for isolated in self._isolated:
                isolated.wake(stamp, tick)
        lines += self._answers()
        self._write(lines)  # at once: a write costs as much as several rows
        self.ticks += 1
        self.late_seconds_max = max(self.late_seconds_max, late)

    def drain(self) -> None:
        """Write what helper processes have answered since."""
        self._write(self._answers())

    def _answers(self) -> list[bytes]:
        lines: list[bytes] = []
        for isolated in [isolated for isolated in self._isolated if isolated.has_pending]:
            while (answered := isolated.answer()) is not None:
                stamp, answer = answered
                if answer.absent:
                    isolated.end()
                    self._isolated.remove(isolated)
                lines += self._lines(isolated.source, stamp or self._clock.stamp(), answer)
        return lines

    def missed(self, ticks: int, begin_t: float) -> None:
        """Note that slots passed by without a tick."""
        stamp = self._clock.stamp()
        detail = f"{ticks} ticks were missed: the machine was busy, suspended, or the sampler was stopped"
        row = event("missed", "sampler", reason=None, detail=detail, begin_t=begin_t, end_t=stamp.t)
        self._write(stamp_rows(stamp, [row]))

    def survivors(self, pids: Sequence[int]) -> None:
        """Note which processes of the job live on after its end."""
        stamp = self._clock.stamp()
        detail = "still running after the command's end; recorded no further"
        row = event("survivor", "job", reason=None, detail=detail, begin_t=stamp.t, end_t=None)[1]
        self._write(stamp_rows(stamp, [("event", row | {"entity": str(pid)}) for pid in pids]))

    def write(self, rows: Sequence[tuple[str, Row]]) -> None:
        """Write rows that were taken elsewhere; those without a time of their own get the present one."""
        self._write(stamp_rows(self._clock.stamp(), rows))

    def finish(self) -> None:
        """Wait, within reason, for the helpers' answers to the last tick; then end them."""
        begin = time.monotonic()
        while (patience := [isolated.last_patience for isolated in self._isolated if isolated.has_pending_last]) and (
            left := begin + max(patience) - time.monotonic()
        ) > 0:
            readable(self.filenos(), left)
            self.drain()
        for isolated in self._isolated:
            if isolated.has_pending_last:
                self._write(self._lines(isolated.source, self._clock.stamp(), isolated.stop_waiting()))
            isolated.end()
        stamp = self._clock.stamp()
        self._write(stamp_rows(stamp, self._open_events.close(stamp.t)))

    def _lines(self, source: str, stamp: Stamp, answer: Answer, late: float | None = None) -> list[bytes]:
        """The journal lines of one answer: its rows, a row of table `sampler`, and events about what is not known."""
        if answer.facts:
            self.facts |= answer.facts
        failures: Sequence[Unknown] = ()
        audit: Row = {"source": source, "duration_seconds": round(answer.duration_seconds, 5)}
        if late is not None:
            audit["late_seconds"] = round(late, 4)
        if answer.failure:
            audit["error"] = redactor_for(os.environ).label(answer.failure.detail)
            failures = [answer.failure]
        if answer.absent:
            self.absent[source] = redactor_for(os.environ).label(answer.absent.detail)
            failures = [Unknown(None, None, answer.absent.reason, answer.absent.detail)]
        for table, row in answer.reading.rows:
            if table == "job":
                self._remember(row)
        lines = answer.lines.splitlines(keepends=True)
        lines += stamp_rows(stamp, [*answer.reading.rows, ("sampler", audit)])
        kind = "absent" if answer.absent else "error"
        if events := [
            *self._open_events.update(kind, source, stamp.t, failures),
            *self._open_events.update("null", source, stamp.t, answer.reading.unknown),
        ]:
            lines += stamp_rows(stamp, events)
        return lines

    @property
    def rows_lost(self) -> int:
        """Rows that could not be written."""
        return self._lost_rows.rows

    @property
    def loss(self) -> str | None:
        """The same in words, with the reason; None where every row was written."""
        return self._lost_rows.loss

    def total(self, column: str) -> Value:
        """What a counter of the job rose by since the run's start; None where it could not be read."""
        first, last = self._first_job.get(column), self._last_job.get(column)
        if not isinstance(last, (int, float)) or not isinstance(first, (int, float)):
            return None
        # A job that we started began at 0; one that was there before us had used something already.
        return round(last - first, 2) if self._target.tree.include_top else last

    def _remember(self, row: Row) -> None:
        self._has_written = row.get("written_bytes") != self._last_job.get("written_bytes")
        self._first_job = self._first_job or row
        self._last_job = row
        self.peaks.update(row)

    def _write(self, lines: list[bytes]) -> None:
        if not lines:
            return
        try:
            self._journal.write(b"".join(lines + self._lost_rows_event()))
        except OSError as error:  # a full disk must not end the recording: there may be room again
            self._lost_rows.add(self._clock.t(), len(lines), error)
        else:
            self._lost_rows.close()

    def _lost_rows_event(self) -> list[bytes]:
        if not self._lost_rows.is_open:
            return []
        stamp = self._clock.stamp()
        return stamp_rows(stamp, self._lost_rows.pending_event(stamp.t))


def _ask(collector: Collector, tick: Tick, search: float) -> Answer:
    """Read a local source; the `search` for the job's processes, in seconds, is part of the time that it took."""
    begin = time.perf_counter() - search
    try:
        reading = collector.collect(tick)
    except Exception as error:  # a source that fails must not end the recording
        failure = Unknown(None, None, ERROR, f"{type(error).__name__}: {error}")
        return Answer(duration_seconds=time.perf_counter() - begin, failure=failure)
    return Answer(reading, time.perf_counter() - begin, facts=reading.facts)
