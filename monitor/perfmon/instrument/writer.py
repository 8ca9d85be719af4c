"""Rows that the pipeline's own processes write: metrics, batches and phases."""

from __future__ import annotations

import os
import weakref

from perfmon.lean.standard_error import tell
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.recorder.lost_rows import LostRows
from perfmon.store import journal, run_clock
from perfmon.store.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfmon.store.journal import Row
    from perfmon.store.run_folder import RunFolder

_complaints: set[str] = set()
_open_writers: weakref.WeakSet[PipelineWriter] = weakref.WeakSet()


class PipelineWriter:
    """This process's journal in a run; each side of a fork has its own."""

    def __init__(self, run: RunFolder, labels: Row) -> None:
        self._run = run
        self._labels = run.constants() | {name: value for name, value in labels.items() if value is not None}
        self.clock = run_clock.of_run(run.facts)
        self._journal: Segments | None = None
        self._lost_rows = LostRows("pipeline", str(os.getpid()))
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
        events = self._lost_rows.pending_event(self.t()) if self._lost_rows.rows else []
        try:
            if self._journal is None:
                self._journal = Segments(self._run, self._labels)
            self._journal.write(
                b"".join([*lines, *(journal.encode_row(table, self.stamped(row)) for table, row in events)])
            )
        except OSError as error:
            self._lost_rows.add(self.t(), len(lines), error)
            complain(f"metrics are being lost: {error}")
        else:
            self._lost_rows.close()

    def close(self) -> None:
        """Let go of the journal, so that it can be sealed."""
        if self._journal:
            self._journal.close()
            self._journal = None


def complain(text: str) -> None:
    """Tell on standard error, once: a warning could be turned into an exception, and nothing here may raise."""
    if text not in _complaints:
        _complaints.add(text)
        tell(f"perfmon: {text}")


def _close_inherited() -> None:
    """In the child of a fork: the parent's journals are not ours, and our copy would hold their locks."""
    for writer in _open_writers:
        writer.close()


os.register_at_fork(after_in_child=_close_inherited)
