"""One process's journals in a run, one after another, so that neither they nor what seals them grow with the run."""

from __future__ import annotations

import os
import time

from perfmon.lean.stdlib import TYPE_CHECKING, suppress
from perfmon.store import layout, schema
from perfmon.store.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfmon.store.journal import Value
    from perfmon.store.run_folder import RunFolder

# One segment is one Parquet file per table. An hour at 1 Hz makes files of some 100 KiB, which need no merging later;
# 4 MiB of journal is what a sealer holds in less than 90 MiB of memory.
SEGMENT_SECONDS = 3600.0
SEGMENT_BYTES = 4 << 20
_SEALED = ".parquet"
_LABELS_BYTES = 1 << 16  # of a journal's beginning: more than its labels and a row take


class Segments:
    """Appends to a journal of this process, and begins the next one when that is long enough."""

    def __init__(
        self, run: RunFolder, labels: Mapping[str, Value], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._run = run
        self._labels = labels
        self._monotonic = monotonic
        self.writer = run.writer_name()
        self.written = 0  # journals that have rows; their numbers are 1 to this
        self.closed = 0  # journals that wait to be sealed
        self._number = 0
        self._begin()

    def _begin(self) -> None:
        # a number is taken only once its journal is there: readers tell by the numbers whether one is missing
        path = self._run.journal_path(self.writer, self._number + 1)
        self._journal = Journal(path, self._labels, self._run.identity)
        self._number += 1
        self._end_at = self._monotonic() + SEGMENT_SECONDS

    def write(self, lines: bytes) -> None:
        """Write whole lines of a journal.

        Raises:
            OSError: they could not be written, or not all of them.
        """
        is_full = self._journal.size >= SEGMENT_BYTES or self._monotonic() >= self._end_at
        if is_full and self.written == self._number:  # one without rows leaves nothing: the numbers would have a gap
            self._next()
        self._journal.write(lines)
        self.written = self._number

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


def count_others(folder: str, writer: str) -> int:
    """Return the number of journals with rows of other writers in a run folder, including sealed ones."""
    stems = set()
    for table in (layout.JOURNAL, *schema.TABLES):  # journals first: one may be sealed meanwhile
        with suppress(OSError):  # no such table
            for name in os.listdir(os.path.join(folder, table)):
                stem, suffix = os.path.splitext(name)
                is_whole = (
                    _has_rows(os.path.join(folder, table, name)) if table == layout.JOURNAL else suffix == _SEALED
                )
                if is_whole and stem.rpartition("-")[0] != writer:
                    stems.add(stem)
    return len(stems)


def _has_rows(journal: str) -> bool:
    """Whether a journal has a line after its first, which holds the labels."""
    try:
        with open(layout.open_plain(journal), "rb") as file:
            return file.read(_LABELS_BYTES).count(b"\n") > 1
    except OSError:  # sealed meanwhile
        return False
