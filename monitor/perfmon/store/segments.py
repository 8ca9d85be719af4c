"""One process's journals in a run, one after another, so that neither they nor what seals them grow with the run."""

from __future__ import annotations

import time

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.store.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfmon.store.journal import Value
    from perfmon.store.run_folder import RunFolder

# One segment is one Parquet file per table. An hour at 1 Hz makes files of some 100 KiB, which need no merging later;
# 4 MiB of journal is what a sealer holds in less than 90 MiB of memory.
SEGMENT_SECONDS = 3600.0
SEGMENT_BYTES = 4 << 20


class Segments:
    """Appends to a journal of this process, and begins the next one when that is long enough."""

    def __init__(
        self, run: RunFolder, labels: Mapping[str, Value], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._run = run
        self._labels = labels
        self._monotonic = monotonic
        self._writer = run.writer_name()
        self._number = 0
        self.closed = 0  # journals that wait to be sealed
        self._begin()

    def _begin(self) -> None:
        self._number += 1
        path = self._run.journal_path(self._writer, self._number)
        self._journal = Journal(path, self._labels, self._run.identity)
        self._end_at = self._monotonic() + SEGMENT_SECONDS

    def write(self, lines: bytes) -> None:
        """Write whole lines of a journal.

        Raises:
            OSError: they could not be written, or not all of them.
        """
        if self._journal.size >= SEGMENT_BYTES or self._monotonic() >= self._end_at:
            self._next()
        self._journal.write(lines)

    def _next(self) -> None:
        full = self._journal
        try:
            self._begin()
        except OSError:  # no room for another journal, or no folder any more: this one goes on
            return
        full.close()
        self.closed += 1

    def close(self) -> None:
        """Let go of the journal, so that it can be sealed."""
        self._journal.close()
