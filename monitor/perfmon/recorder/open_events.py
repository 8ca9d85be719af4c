"""Events that last, such as a value that can't be read: rows of table `event` when one begins and when it ends."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.redaction.redactor import redactor_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.store.journal import Row
    from perfmon.store.reasons import Unknown

Event = tuple[str, "Row"]
_Key = tuple[str, str, str | None, str | None]  # kind, source, entity, column


def event(kind: str, source: str, *, reason: str | None, detail: str, begin_t: float, end_t: float | None) -> Event:
    """One row of table `event` about a whole source."""
    return "event", {
        "kind": kind,
        "source": source,
        "reason": reason,
        "begin_t": begin_t,
        "end_t": end_t,
        "detail": redactor_for(os.environ).label(detail),
    }


class OpenEvents:
    """The events that last now, so that each is written once and not at every tick."""

    def __init__(self) -> None:
        self._open: dict[_Key, Row] = {}
        self._last: dict[tuple[str, str], Sequence[Unknown]] = {}  # at the last update, by kind and source

    def update(self, kind: str, source: str, t: float, unknown: Sequence[Unknown]) -> list[Event]:
        """The rows to write after a source's answer: for what is newly unknown, and for what is known again."""
        last = self._last.get((kind, source), ())
        if unknown is last or unknown == last or not (unknown or last):
            return []
        self._last[kind, source] = unknown
        now: dict[_Key, Unknown] = {(kind, source, one.entity, one.column): one for one in unknown}
        ended = [key for key in self._open if key[:2] == (kind, source) and key not in now]
        begun = [key for key in now if key not in self._open]
        for key in begun:
            entity, column, reason, detail = now[key]
            _, row = event(kind, source, reason=reason, detail=detail, begin_t=t, end_t=None)
            self._open[key] = row | {"entity": entity, "column_name": column}
        return [("event", self._open[key]) for key in begun] + [self._close(key, t) for key in ended]

    def close(self, t: float) -> list[Event]:
        """The rows that end all open events, as the run is over."""
        self._last = {}
        return [self._close(key, t) for key in list(self._open)]

    def _close(self, key: _Key, t: float) -> Event:
        return "event", self._open.pop(key) | {"end_t": t}
