"""Leaves a run behind whose recorder died, made up: `left_behind.py RUNS TICKS`; the same rows on every machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from perfmon.store import schema
from perfmon.store.journal import encode_row
from perfmon.store.run_folder import create
from perfmon.store.run_json import Labels
from perfmon.store.segments import Segments

if TYPE_CHECKING:
    from perfmon.store.journal import Row, Value

_TABLES = ("host", "job", "folder", "sampler")
_BEGIN = 1_767_600_000_000_000_000  # 2026-01-05T08:00:00 UTC, in nanoseconds


def main() -> None:
    """Write a run folder with so many ticks in its journals, and nothing sealed; it is left behind when we end."""
    runs, ticks = sys.argv[1:]
    begun = create(runs, Labels(stage="gate"), {}, command=[], interval=1.0, folders=[], gpus="none")
    segments = Segments(begun, begun.constants())
    for tick in range(int(ticks)):
        segments.write(b"".join(encode_row(table, _row(table, tick)) for table in _TABLES))
    segments.close()


def _row(table: str, tick: int) -> Row:
    stamp: Row = {"time": _BEGIN + tick * 10**9, "t": float(tick)}
    return stamp | {column.name: _value(column.type, tick) for column in schema.TABLES[table]}


def _value(kind: str, tick: int) -> Value:
    values: dict[str, Value] = {"int64": 4096 * (tick * 7919 % 1000), "float64": tick * 0.37, "string": "/data"}
    return values.get(kind)


if __name__ == "__main__":
    main()
