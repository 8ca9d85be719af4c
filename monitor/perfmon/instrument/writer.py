"""Rows that the pipeline's own processes write: metrics, batches and phases."""

from __future__ import annotations

import atexit
import os
import weakref

from perfmon.instrument.notices import complain
from perfmon.lean.interrupts import is_interrupt
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.recorder.lost_rows import LostRows
from perfmon.store import journal, run_clock
from perfmon.store.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfmon.instrument.batch_log import BatchLog
    from perfmon.store.journal import Row
    from perfmon.store.run_folder import RunFolder

_open_writers: weakref.WeakSet[PipelineWriter] = weakref.WeakSet()


class PipelineWriter:
    """This process's journal in a run; each side of a fork has its own."""

    def __init__(self, run: RunFolder, labels: Row) -> None:
        self._run = run
        self._labels = run.constants() | {name: value for name, value in labels.items() if value is not None}
        self.clock = run_clock.of_run(run.facts)
        self._journal: Segments | None = None
        self._lost_rows = LostRows("pipeline", str(os.getpid()))
        self._logs: list[weakref.ref[BatchLog]] = []  # no set: it would run code where one ends, as for a signal
        self._later: list[BatchLog] = []  # of loops that were left, to be written with what comes next
        self._is_left = False
        _open_writers.add(self)

    def stamped(self, row: Row) -> Row:
        """The row with the present time on it."""
        stamp = self.clock.stamp()
        return {"time": stamp.time, "t": stamp.t, **row}

    def t(self) -> float:
        """Seconds since the run's start."""
        return self.clock.t()

    def write(self, rows: Iterable[tuple[str, Row]]) -> None:
        """Append rows that carry their time; if that fails, say so once and go on: this is the pipeline's own code."""
        self.write_lines([journal.encode_row(table, row) for table, row in rows])

    def write_lines(self, lines: list[bytes]) -> None:
        """The same for rows that are lines of a journal already."""
        if self._is_left:
            return
        if self._later:
            later, self._later = self._later, []
            lines = [*(line for log in later for line in log.take_lines()), *lines]
        events = self._lost_rows.pending_event(self.t()) if self._lost_rows.rows else []
        try:
            if self._journal is None:
                self._journal = Segments(self._run, self._labels)
            self._journal.write(
                b"".join([*lines, *(journal.encode_row(table, self.stamped(row)) for table, row in events)])
            )
        except OSError as error:
            if is_interrupt(error):
                raise
            self._lost_rows.add(self.t(), len(lines), error)
            complain(f"metrics are being lost: {error}", f"lost {error.errno}")
        else:
            self._lost_rows.close()

    def _live_logs(self) -> list[BatchLog]:
        return [log for reference in self._logs if (log := reference()) is not None]

    def add(self, log: BatchLog) -> None:
        """Write what is left in this log at the run's end, if it lasts as long."""
        self._logs = [*filter(_is_live, self._logs), weakref.ref(log)]

    def write_later(self, log: BatchLog) -> None:
        """Write the batches of this log with what comes next."""
        self._later.append(log)

    def write_batches(self) -> None:
        """Write all batches that were noted, those included that are out."""
        lines = [line for log in self._live_logs() for line in log.take_all_lines()]
        self._later = []
        if lines:
            self.write_lines(lines)

    def leave(self) -> None:
        """Write what was noted, let go of the journal, so that it can be sealed, and write no more."""
        self.write_batches()
        self._is_left = True
        self._close()

    def _close(self) -> None:
        if self._journal:
            self._journal.close()
            self._journal = None

    def forget_inherited(self) -> None:
        """In the child of a fork: the parent's journal is not ours, nor what it noted; our copy would hold a lock."""
        self._later = []
        for log in self._live_logs():
            log.forget()
        self._close()


def _is_live(reference: weakref.ref[BatchLog]) -> bool:
    return reference() is not None


def _forget_inherited() -> None:
    for writer in _open_writers:
        writer.forget_inherited()


def _write_batches() -> None:
    """At the process's end: what was noted of loops and blocks that were not left."""
    for writer in list(_open_writers):
        writer.write_batches()


os.register_at_fork(after_in_child=_forget_inherited)
atexit.register(_write_batches)
