"""Times the batches of a loop."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from perfmon.journal import Row
    from perfmon.writer import Writer

Batch = TypeVar("Batch")

_FLUSH_SECONDS = 1.0  # between two ticks: what a killed process loses


class Timed(Generic[Batch]):
    """An iterable like the one it wraps, which records how long each batch took and was waited for.

    A batch whose loop body did not come to its end, because of `break` or an exception, is not recorded.
    """

    def __init__(
        self,
        batches: Iterable[Batch],
        *,
        writer: Writer,
        series: str | None,
        items: int | Callable[[Batch], int] | None,
        numbers: Iterator[int],
    ) -> None:
        self._batches = batches
        self._writer = writer
        self._series = {} if series is None else {"series": series}
        self._items = items
        self._numbers = numbers
        self._rows: list[tuple[str, Row]] = []
        self._flush_at = 0.0

    def __len__(self) -> int:
        """How many batches there are, where the wrapped iterable knows."""
        return len(self._batches)  # type: ignore[arg-type]  # a TypeError, where it has no length, is the right answer

    def __iter__(self) -> Iterator[Batch]:
        source = iter(self._batches)
        self._flush_at = perf_counter() + _FLUSH_SECONDS
        try:
            asked = perf_counter()
            for batch in source:
                begin = perf_counter()
                yield batch
                end = perf_counter()
                self._note(batch, end - begin, begin - asked)
                asked = perf_counter()
        finally:
            self.flush()

    def _note(self, batch: Batch, seconds: float, wait_seconds: float) -> None:
        row: Row = {
            **self._series,
            "batch": next(self._numbers),
            "seconds": round(seconds, 7),
            "wait_seconds": round(wait_seconds, 7),
            "items": self._count(batch),
        }
        self._rows.append(("batch", self._writer.stamped(row)))
        if perf_counter() >= self._flush_at:
            self.flush()

    def _count(self, batch: Batch) -> int | None:
        try:
            return self._items(batch) if callable(self._items) else self._items
        except Exception:  # the pipeline's loop must not end because a batch has no length
            return None

    def flush(self) -> None:
        """Write what has been noted since the last time."""
        rows, self._rows = self._rows, []
        self._flush_at = perf_counter() + _FLUSH_SECONDS
        if rows:
            self._writer.write(rows)
