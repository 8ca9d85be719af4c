"""Times the batches of a loop."""

from __future__ import annotations

import json
import os
import weakref
from time import perf_counter

from perfmon.lean.stdlib import TYPE_CHECKING, Generic, TypeVar
from perfmon.store import journal
from perfmon.store.run_clock import QUANTUM_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from perfmon.instrument.writer import PipelineWriter

    # When it ended (by perf_counter), its number, seconds, wait_seconds, and its items as JSON.
    _Noted = tuple[float, int, float, float, str]

Batch = TypeVar("Batch")

# What a killed process loses at most. Noting a batch costs the loop next to nothing, and writing it microseconds.
_HELD_SECONDS = 1.0
_HELD_BATCHES = 100

_QUANTA = 1e9 / QUANTUM_NS  # a second
_ROW = '"batch",{"time":%%d,"t":%%.4f,%s"batch":%%d,"seconds":%%.7f,"wait_seconds":%%.7f,"items":%%s}'
_everywhere: weakref.WeakSet[TimedBatches[Any]] = weakref.WeakSet()


def _count(items: Callable[[Batch], int], batch: Batch) -> str:
    try:
        return str(int(items(batch)))
    except Exception:  # the pipeline's loop must not end because a batch has no length
        return "null"


class TimedBatches(Generic[Batch]):
    """An iterable like the one it wraps, which records how long each batch took and was waited for.

    A batch whose loop body did not come to its end, because of `break` or an exception, is not recorded.
    """

    def __init__(
        self,
        batches: Iterable[Batch],
        *,
        writer: PipelineWriter,
        series: str | None,
        items: int | Callable[[Batch], int] | None,
        numbers: Iterator[int],
    ) -> None:
        self._batches = batches
        self._writer = writer
        label = "" if series is None else f'"series":{json.dumps(series)},'
        self._row = _ROW % label.replace("%", "%%")
        self._items = items if callable(items) else "null" if items is None else _count(int, items)
        self._numbers = numbers
        self._held: list[_Noted] = []
        self._flush_at = 0.0
        _everywhere.add(self)

    def __len__(self) -> int:
        """How many batches there are, where the wrapped iterable knows."""
        return len(self._batches)  # type: ignore[arg-type]  # a TypeError, where it has no length, is the right answer

    def __iter__(self) -> Iterator[Batch]:
        source = iter(self._batches)
        self._flush_at = perf_counter() + _HELD_SECONDS
        try:
            asked = perf_counter()
            for batch in source:
                begin = perf_counter()
                yield batch
                end = perf_counter()
                items = _count(self._items, batch) if callable(self._items) else self._items
                self._held.append((end, next(self._numbers), end - begin, begin - asked, items))
                if end >= self._flush_at or len(self._held) >= _HELD_BATCHES:
                    self.flush()
                asked = perf_counter()
        finally:
            self.flush()

    def flush(self) -> None:
        """Write what has been noted since the last time."""
        held, self._held = self._held, []
        self._flush_at = perf_counter() + _HELD_SECONDS
        if held:
            self._writer.write_lines([journal.encode_line(row) for row in self._rows(held)])

    def _rows(self, held: list[_Noted]) -> list[str]:
        clock, now = self._writer.clock, perf_counter()
        quanta, t = clock.wall() / QUANTUM_NS - now * _QUANTA, clock.monotonic() - clock.begin_monotonic - now
        row = self._row
        return [
            row % (int(quanta + end * _QUANTA) * QUANTUM_NS, t + end, number, seconds, wait, items)
            for end, number, seconds, wait, items in held
        ]

    def forget(self) -> None:
        """Leave what has been noted to another process."""
        self._held.clear()


def _forget_inherited() -> None:
    """In the child of a fork: the batches noted before it are the parent's to write."""
    for timed in _everywhere:
        timed.forget()


os.register_at_fork(after_in_child=_forget_inherited)
