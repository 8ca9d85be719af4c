"""Rows that could not be written, so that the data itself tells of the gap once there is room again."""

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


class Unwritten:
    """The rows lost in all, and the gap that is open now."""

    def __init__(self, source: str, entity: str | None = None) -> None:
        self.rows = 0
        self._source = source
        self._entity = entity
        self._open = 0
        self._begin_t = 0.0
        self._error = OSError()

    @property
    def is_open(self) -> bool:
        """Whether rows were lost that no event tells of yet."""
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

    def told(self, t: float) -> list[Event]:
        """The event to write with the next rows, if rows were lost before them."""
        if not self._open:
            return []
        reason = _REASONS.get(self._error.errno or 0, ERROR)
        detail = f"{self._open} rows could not be written: {self._error.strerror}"
        _, row = event("unwritten", self._source, reason=reason, detail=detail, begin_t=self._begin_t, end_t=t)
        return [("event", row | {"entity": self._entity})]

    def close(self) -> None:
        """Rows can be written again, and the event is among them."""
        self._open = 0
