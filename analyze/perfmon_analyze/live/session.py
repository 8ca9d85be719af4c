"""A run that is read repeatedly: its facts, its rows, and whether it is still being recorded."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from perfmon.store import layout, run_json
from perfmon_analyze.browse import catalog
from perfmon_analyze.browse.fields import RunFields
from perfmon_analyze.live.journal_reader import JournalReader
from perfmon_analyze.live.state import COLUMNS, LiveState

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = 5  # intervals without a row after which something may be wrong
_PATIENCE_SECONDS = 10.0


class WatchSession:
    """A run with its current facts and rows, which `refresh` updates."""

    def __init__(self, folder: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._reader = JournalReader(folder, COLUMNS)
        self._stamp: tuple[int, int] | None = None
        self._news_at: float | None = None
        self.state = LiveState()
        self.row = RunFields(catalog.read(folder), -1)

    @property
    def is_over(self) -> bool:
        """Whether the recording has ended, one way or another."""
        return catalog.state(self.row.entry) != run_json.RUNNING

    @property
    def quiet_seconds(self) -> float:
        """Seconds since the last rows arrived, by this machine's clock."""
        return 0.0 if self._news_at is None else self._monotonic() - self._news_at

    @property
    def is_stale(self) -> bool:
        """Whether rows are overdue."""
        interval = self.row["interval_seconds"] or 1.0
        return not self.is_over and self.quiet_seconds > max(_PATIENCE_SECONDS, _PATIENCE * interval)

    @property
    def problems(self) -> list[str]:
        """Messages on parts of run.json and of segments that could not be read."""
        return [*filter(None, [self.row.entry.problem]), *self._reader.problems]

    def refresh(self) -> None:
        """Read new facts and rows: the facts first, so that all rows of a run that has ended are read."""
        stamp = self._facts_stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            self.row = RunFields(catalog.read(self._folder), -1)
        over, began = self.is_over, self._news_at is None
        if self._read_new() or began:
            age = self.row["age_seconds"] or 0.0
            since = max(0.0, age - self.state.t) if began else 0.0  # rows from before the session began
            self._news_at = self._monotonic() - since
        if over:  # what was sealed between the journals and the segments
            self._read_new()

    def _read_new(self) -> bool:
        """Read new rows; return whether there were any."""
        count = 0
        for table, rows in self._reader.read_new():
            self.state.add_rows(table, rows)
            count += len(rows)
        return count > 0

    def _facts_stamp(self) -> tuple[int, int] | None:
        try:
            known = os.stat(os.path.join(self._folder, layout.FACTS), follow_symlinks=False)
        except OSError:
            return None
        return known.st_ino, known.st_mtime_ns
