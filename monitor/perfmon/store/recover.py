"""Runs whose recorder died: sealed for good, and their end put into run.json."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from perfmon.store import clock, layout, liveness, own_files, run_json, schema, seal

if TYPE_CHECKING:
    from perfmon.store.seal import SealResult


class Recovery(NamedTuple):
    """The result of recovering a run: what was sealed, and `lost_after`, the seconds of a run whose recorder died.

    `refused` is the reason why nothing was done, or None.
    """

    sealed: SealResult | None = None
    lost_after: float | None = None
    refused: str | None = None


class LastRow(NamedTuple):
    """The last row of a run: its `t`, and its time in nanoseconds since 1970 where it has one."""

    t: float
    time: int | None


def recover(folder: str, *, force: bool = False) -> Recovery:
    """Seal a run that is no longer recorded, and set its state to lost in run.json if its recorder died.

    `force` includes a run of another machine, which may still be recorded there.

    Raises:
        OSError: run.json or the journals cannot be read, or run.json cannot be written.
        ValueError: run.json does not hold a JSON object.
    """
    if os.path.islink(os.path.normpath(folder)):  # to a run that lies elsewhere
        folder = os.path.realpath(folder)
    known = run_json.read_facts(folder)
    state = liveness.recorder_state(folder, known)
    if state == liveness.DEAD:  # nobody writes run.json any more, but somebody may have since it was read
        known = run_json.read_facts(folder)
        state = liveness.recorder_state(folder, known)
    if state == liveness.ALIVE:
        return Recovery(refused="it is still being recorded")
    if state == liveness.ELSEWHERE and not force:
        return Recovery(
            refused=f"whether {known.get('host')} still records it can't be seen from here; if not, --force"
        )
    sealed = seal.seal(folder)
    if state == liveness.ENDED:
        return Recovery(sealed)
    last = last_row(folder)
    _end(folder, known, last)
    seal.seal(folder)  # the run is over: its empty folder of journals goes
    return Recovery(sealed, lost_after=last.t)


def _end(folder: str, known: dict[str, object], last: LastRow) -> None:
    lost = [f"no process records it; its last row is of t = {last.t:g} s"]
    ending = known.get("ending")  # to end, and then it was killed together with its recorder
    cause, evidence = (ending.get("cause"), ending.get("evidence")) if isinstance(ending, dict) else (None, None)
    known |= {
        "end_time": None if last.time is None else clock.utc(last.time),
        "duration_seconds": last.t,
        "state": run_json.LOST,
        "exit_reason": "the recorder died; what the command did afterwards is not known",
        "ending": {
            "cause": cause or "monitor_lost",
            "evidence": [*(evidence if isinstance(evidence, list) else []), *lost],
        },
    }
    run_json.write_facts(folder, known)
    for path in (os.path.join(folder, name) for name in os.listdir(folder)):
        with suppress(OSError):  # it is no file, or nobody may read it
            if own_files.is_left_over(path):  # whoever wrote it is dead
                layout.remove(path)


def last_row(folder: str) -> LastRow:
    """The last row among a run's segments; t is 0 where there is none."""
    last = LastRow(0.0, None)
    for table in schema.TABLES:
        table_folder = os.path.join(folder, table)
        names = os.listdir(table_folder) if layout.is_folder(table_folder) else []
        for name in names:
            if name.endswith(".parquet"):
                last = max(last, _last_of(os.path.join(table_folder, name)), key=lambda one: one.t)
    return last


def _last_of(path: str) -> LastRow:
    try:
        with open(layout.open_plain(path), "rb") as file:
            opened = pq.ParquetFile(file)
            if opened.metadata.num_rows > layout.ROWS_MAX:
                return LastRow(0.0, None)
            rows = opened.read(columns=["t", "time"], use_threads=False)
        times, walls = _list(rows, "t", pa.float64()), _list(rows, "time", pa.int64())
    except (OSError, KeyError, pa.ArrowException):  # damaged, or none of ours; the other segments count
        return LastRow(0.0, None)
    known = [(t, wall or 0) for t, wall in zip(times, walls, strict=True) if t is not None and math.isfinite(t)]
    t, wall = max(known, default=(0.0, 0))
    return LastRow(t, int(wall) or None)


def _list(rows: pa.Table, name: str, kind: pa.DataType) -> list[float]:
    values: list[float] = rows[name].cast(kind).to_pylist()
    return values
