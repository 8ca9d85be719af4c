"""What is not known and why, as rows of table `event`: one when it begins, one when it ends."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.store import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.store.journal import Row
    from perfmon.store.reasons import Unknown

Event = tuple[str, "Row"]
_Key = tuple[str, str, str | None, str | None]  # kind, source, entity, column


def event(kind: str, source: str, *, reason: str | None, detail: str, begin_t: float, end_t: float | None) -> Event:
    """One row about a whole source."""
    return "event", {
        "kind": kind,
        "source": source,
        "reason": reason,
        "begin_t": begin_t,
        "end_t": end_t,
        "detail": redact.redactor_for(os.environ).label(detail),
    }


class Gaps:
    """The gaps that are open now, so that each is told once and not at every tick."""

    def __init__(self) -> None:
        self._open: dict[_Key, Row] = {}
        self._told: dict[tuple[str, str], Sequence[Unknown]] = {}  # at the last update, by kind and source

    def update(self, kind: str, source: str, t: float, unknown: Sequence[Unknown]) -> list[Event]:
        """The rows that this answer of a source gives cause to: for what is newly unknown, and what is known again."""
        told = self._told.get((kind, source), ())
        if unknown is told or unknown == told or not (unknown or told):
            return []
        self._told[kind, source] = unknown
        now: dict[_Key, Unknown] = {(kind, source, one.entity, one.column): one for one in unknown}
        ended = [key for key in self._open if key[:2] == (kind, source) and key not in now]
        begun = [key for key in now if key not in self._open]
        for key in begun:
            entity, column, reason, detail = now[key]
            _, row = event(kind, source, reason=reason, detail=detail, begin_t=t, end_t=None)
            self._open[key] = row | {"entity": entity, "column_name": column}
        return [("event", self._open[key]) for key in begun] + [self._close(key, t) for key in ended]

    def close(self, t: float) -> list[Event]:
        """End every open gap: the run is over."""
        self._told = {}
        return [self._close(key, t) for key in list(self._open)]

    def _close(self, key: _Key, t: float) -> Event:
        return "event", self._open.pop(key) | {"end_t": t}
