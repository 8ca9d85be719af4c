"""The rows of timed batches: noted in memory, and written by the hundred."""

from __future__ import annotations

import json
import weakref
from functools import partial
from time import perf_counter

from perfmon.instrument import values
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.store import journal
from perfmon.store.run_clock import QUANTUM_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from perfmon.instrument.writer import PipelineWriter

    # When it ended (by perf_counter), its number, seconds (None: not known), wait_seconds, and its items as JSON.
    Noted = tuple[float, int, float | None, float, str]

# What a killed process loses at most. Noting a batch costs the loop next to nothing, and writing it microseconds.
HELD_SECONDS = 1.0
HELD_BATCHES = 100

_QUANTA = 1e9 / QUANTUM_NS  # a second
_ROW = '"batch",{"time":%%d,"t":%%.4f,%s"batch":%%d,"seconds":%%.7f,"wait_seconds":%%.7f,"items":%%s}'


class Loop:
    """Where one iteration is: when the batch that is out was handed out, or None where none is.

    `batch` is kept only where its items are counted.
    """

    __slots__ = ("__weakref__", "batch", "begin", "log", "next", "wait")

    def __init__(self, log: BatchLog | None, next_batch: Callable[[], object]) -> None:
        self.log = log
        self.next = next_batch
        self.begin: float | None = None
        self.wait = 0.0
        self.batch: object = None


class BatchLog:
    """Batches of one loop that have been noted and not yet written. Loops add to `held` themselves: that is quicker."""

    def __init__(
        self,
        writer: PipelineWriter,
        *,
        series: str | None,
        items: int | Callable[[Any], int] | None,
        numbers: Iterator[int],
    ) -> None:
        self._writer = writer
        label = "" if series is None else f'"series":{json.dumps(series)},'
        self._row = _ROW % label.replace("%", "%%")
        self._unfinished = _ROW.replace('"seconds":%%.7f', '"seconds":null') % label.replace("%", "%%")
        self.items = items
        self.counts = callable(items)
        self.count: Callable[[object], str] = partial(values.count, items)
        self.constant = "null" if items is None or self.counts else values.count(lambda _: items, None)
        self.next_number = numbers.__next__
        self.held: list[Noted] = []
        self.flush_at = 0.0
        self._loops: list[weakref.ref[Loop]] = []  # for an iterator's end is its own
        writer.add(self)

    def begin(self, loop: Loop) -> None:
        """Note that there is a new iteration."""
        self.flush_at = perf_counter() + HELD_SECONDS
        self._loops = [reference for reference in self._loops if reference() is not None]
        self._loops.append(weakref.ref(loop))

    def leave(self, loop: Loop) -> None:
        """Note that an iteration asks for no more; when the pipeline was done with a batch that is out is not known.

        Nothing is written: this runs where an iterator is dropped, and what a signal handler raises there is lost.
        """
        if any(reference() is loop for reference in self._loops):  # else it is the parent's, whose fork we are
            self._note_unfinished(loop)
        if self.held:
            self._writer.write_later(self)

    def resume(self, loop: Loop) -> None:
        """Note that an iteration goes on in another place of the pipeline."""
        self._note_unfinished(loop)
        self.flush_at = perf_counter() + HELD_SECONDS

    def _note_unfinished(self, loop: Loop) -> None:
        if loop.begin is not None:
            loop.begin = None
            self.held.append((perf_counter(), self.next_number(), None, loop.wait, self._items(loop.batch)))

    def _items(self, batch: object) -> str:
        return self.count(batch) if self.counts else self.constant

    def take_all_lines(self) -> list[bytes]:
        """The same at the run's end, when nobody waits for the batches that are out."""
        for reference in self._loops:
            if loop := reference():
                self._note_unfinished(loop)
        return self.take_lines()

    def flush(self) -> None:
        """Write what has been noted since the last time."""
        lines = self.take_lines()
        if lines:
            self._writer.write_lines(lines)

    def take_lines(self) -> list[bytes]:
        """What has been noted since the last time, as lines of a journal."""
        held = self.held[:]
        del self.held[: len(held)]  # it stays the same list: loops have it at hand
        self.flush_at = perf_counter() + HELD_SECONDS
        return [journal.encode_line(row) for row in self._rows(held)] if held else []

    def _rows(self, held: list[Noted]) -> list[str]:
        clock, now = self._writer.clock, perf_counter()
        quanta, t = clock.wall() / QUANTUM_NS - now * _QUANTA, clock.monotonic() - clock.begin_monotonic - now
        row = self._row
        return [
            row % (int(quanta + end * _QUANTA) * QUANTUM_NS, t + end, number, seconds, wait, items)
            if seconds is not None
            else self._unfinished % (int(quanta + end * _QUANTA) * QUANTUM_NS, t + end, number, wait, items)
            for end, number, seconds, wait, items in held
        ]

    def forget(self) -> None:
        """Leave what has been noted to another process."""
        self.held.clear()
        self._loops.clear()
