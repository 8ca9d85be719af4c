"""Finds missing rows by ticks: for each tick, table `sampler` lists the sources that answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from perfmon_analyze.verify.pieces import is_unreadable, numbered
from perfmon_analyze.verify.shortage import Shortage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from perfmon_analyze.verify.audit import Event
    from perfmon_analyze.verify.pieces import Piece, Pieces

    Floats = NDArray[np.float64]
    Truths = NDArray[np.bool_]

_LOCAL = ("job", "host")  # sources that answer within the tick; their rows make the tick
_TABLES = (*_LOCAL, "gpu")  # tables with a row, or more, for each answer of the source of the same name


class _SamplerRows(NamedTuple):
    """The rows of table `sampler` in the order written: index of the journal, time, source and outcome."""

    journal: NDArray[np.intp]
    t: Floats
    source: NDArray[np.str_]
    is_late_known: Truths
    is_answered: Truths


def due_at_ticks(pieces: Pieces, events: Sequence[Event]) -> Iterator[Shortage]:
    """Yield each table of each journal that lacks rows of ticks at which its source answered, without an event."""
    stems = sorted(pieces, key=numbered)
    sampler = _sampler_rows([pieces[stem].get("sampler") for stem in stems])
    ticks = np.unique(sampler.t[sampler.is_late_known])
    for table in _TABLES:
        chosen = sampler.source == table
        answered = sampler.is_answered & chosen & np.isin(sampler.t, ticks)
        if table not in _LOCAL:
            answered &= ~_may_be_opening(sampler, chosen)
        for number, stem in enumerate(stems):
            if is_unreadable(pieces[stem].get(table)):
                continue
            due = _finite(sampler.t[answered & (sampler.journal == number)])
            missing = _unexplained(np.setdiff1d(due, _times(pieces[stem].get(table))), table, events)
            if len(missing):
                yield Shortage(table, stem, len(due) - len(missing), len(due))
    yield from _unlisted_ticks(pieces, stems, sampler)


def _unlisted_ticks(pieces: Pieces, stems: Sequence[str], sampler: _SamplerRows) -> Iterator[Shortage]:
    """Yield shortages of table `sampler`: ticks at which sources gave rows but which it does not list."""
    for number, stem in enumerate(stems):
        if is_unreadable(pieces[stem].get("sampler")):
            continue
        given = [_times(pieces[stem].get(table)) for table in _LOCAL]
        due = np.unique(np.concatenate(given))
        missing = np.setdiff1d(due, sampler.t[sampler.journal == number])
        if len(missing):
            yield Shortage("sampler", stem, len(due) - len(missing), len(due))


def _sampler_rows(samplers: Sequence[Piece | None]) -> _SamplerRows:
    read = [piece.read(("t", "source", "late_seconds", "error")) if piece else None for piece in samplers]
    tables = [table for table in read if table is not None]
    return _SamplerRows(
        np.repeat(np.arange(len(read)), [0 if table is None else len(table) for table in read]),
        np.concatenate([np.empty(0), *(_numbers(table["t"]) for table in tables)]),
        np.array([str(source) for table in tables for source in table["source"].to_pylist()], dtype=np.str_),
        np.concatenate([np.empty(0, bool), *(_is_known(table["late_seconds"]) for table in tables)]),
        np.concatenate([np.empty(0, bool), *(~_is_known(table["error"]) for table in tables)]),
    )


def _may_be_opening(sampler: _SamplerRows, chosen: Truths) -> Truths:
    """Mark answers without rows while a source opens: its first one, and the next one after a failure."""
    places = np.flatnonzero(chosen)
    after_failure = np.concatenate([[True], ~sampler.is_answered[places][:-1]])[: len(places)]
    found = np.zeros(len(chosen), bool)
    found[places[after_failure]] = True
    return found


def _unexplained(times: Floats, source: str, events: Sequence[Event]) -> Floats:
    """Return the times without an event that states that the whole source, or one device, was unavailable."""
    for event in events:
        whole_source = event.source == source and event.kind in ("absent", "error", "null") and event.column is None
        if whole_source and event.begin_t is not None:
            end = np.inf if event.end_t is None else event.end_t
            times = times[(times < event.begin_t) | (times > end)]
    return times


def _times(piece: Piece | None) -> Floats:
    return _finite(_numbers(piece.read(("t",))["t"])) if piece else np.empty(0)


def _finite(times: Floats) -> Floats:
    """Return the finite times, sorted and unique."""
    return np.unique(times[np.isfinite(times)])


def _numbers(column: pa.ChunkedArray) -> Floats:
    """Return the column as float64; NaN for null, and for a column of another type."""
    try:
        return np.asarray(column.cast(pa.float64()).to_numpy(), float)
    except pa.ArrowException:
        return np.full(len(column), np.nan)


def _is_known(column: pa.ChunkedArray) -> Truths:
    return np.asarray(column.is_valid().to_numpy(), bool)
