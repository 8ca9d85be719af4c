"""Rows that could not be written: an event says so once there is room again."""

from __future__ import annotations

import errno

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.recorder.open_events import event
from perfmon.store.reasons import ERROR, NO_PERMISSION, NO_SPACE, NOT_FOUND

if TYPE_CHECKING:
    from perfmon.recorder.open_events import Event

_REASONS = {
    errno.ENOSPC: NO_SPACE,
    errno.EDQUOT: NO_SPACE,
    errno.EFBIG: NO_SPACE,
    errno.EACCES: NO_PERMISSION,
    errno.EPERM: NO_PERMISSION,
    errno.EROFS: NO_PERMISSION,
    errno.ENOENT: NOT_FOUND,
}


class LostRows:
    """How many rows were lost in all, and those since the last successful write."""

    def __init__(self, source: str, entity: str | None = None) -> None:
        self.rows = 0
        self._source = source
        self._entity = entity
        self._open = 0
        self._begin_t = 0.0
        self._error = OSError()

    @property
    def is_open(self) -> bool:
        """Whether rows were lost of which no event has been written yet."""
        return self._open > 0

    @property
    def loss(self) -> str | None:
        """How many rows were lost in all and why, in words; None where none was."""
        return f"{self.rows} rows could not be written: {self._error.strerror}" if self.rows else None

    def add(self, t: float, rows: int, error: OSError) -> None:
        """Count rows that could not be written."""
        if not self._open:
            self._begin_t, self._error = t, error
        self._open += rows
        self.rows += rows

    def pending_event(self, t: float) -> list[Event]:
        """The event to write with the next rows, in a list; empty if no rows were lost before them."""
        if not self._open:
            return []
        reason = _REASONS.get(self._error.errno or 0, ERROR)
        detail = f"{self._open} rows could not be written: {self._error.strerror}"
        _, row = event("unwritten", self._source, reason=reason, detail=detail, begin_t=self._begin_t, end_t=t)
        return [("event", row | {"entity": self._entity})]

    def close(self) -> None:
        """Take note that the event has been written."""
        self._open = 0
