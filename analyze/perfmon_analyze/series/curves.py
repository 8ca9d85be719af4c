"""Model metrics and batch times as curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.loading.arrow import filter_rows, numbers, strings
from perfmon_analyze.series import phases
from perfmon_analyze.series.trace import sorted_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs


@dataclass(frozen=True)
class Curve:
    """One series of one recording: `values` by `x`, an epoch, a step or a batch number, which `x_name` says.

    Of batches `values` are seconds, `items` their numbers of items and `waits` the seconds of waiting for each;
    metrics have neither.
    """

    recording: Recording
    series: str | None
    x: Array
    values: Array
    x_name: str = "Epoch"
    items: Array | None = None
    waits: Array | None = None


def metric(runs: Runs, recording: Recording, name: str, phase: str | None = None) -> list[Curve]:
    """The curves of one metric: for each series the last value that was logged for each epoch, else for each step.

    With `phase` only what was logged during it.
    """
    rows = _rows(runs, recording, "metric", ("series", "epoch", "step", "name", "value"), phase)
    rows = filter_rows(rows, strings(rows, "name") == name)
    return _by_series(rows, recording, _metric_curve)


def batches(runs: Runs, recording: Recording, phase: str | None = None) -> list[Curve]:
    """The batch times of each series in seconds, by batch number; with `phase` only batches that ended during it."""
    rows = _rows(runs, recording, "batch", ("series", "batch", "seconds", "wait_seconds", "items"), phase)
    return _by_series(rows, recording, _batch_curve)


def _rows(runs: Runs, recording: Recording, table: str, columns: tuple[str, ...], phase: str | None) -> pa.Table:
    rows = sorted_rows(runs, recording, table, columns)
    if phase is None:
        return rows
    t = numbers(rows, "t")
    inside = np.zeros(len(t), dtype=bool)
    for begin, end in phases.spans(runs, recording, phase):
        inside |= (t >= begin) & (t <= end)
    return filter_rows(rows, inside)


def _by_series(
    rows: pa.Table, recording: Recording, curve: Callable[[pa.Table, Recording, str | None], Curve | None]
) -> list[Curve]:
    series_of_run = recording.facts.get("series")
    series = np.array([series_of_run if name is None else name for name in strings(rows, "series")], dtype=object)
    found = (curve(filter_rows(rows, _same(series, name)), recording, name) for name in dict.fromkeys(series))
    return [one for one in found if one is not None]


def _same(series: np.ndarray, name: str | None) -> np.ndarray:
    return np.array([one == name for one in series], dtype=bool)


def _metric_curve(rows: pa.Table, recording: Recording, series: str | None) -> Curve | None:
    epoch, step, values = (numbers(rows, name) for name in ("epoch", "step", "value"))
    by_epoch = bool(np.isfinite(epoch).any())
    last = dict(zip((epoch if by_epoch else step).tolist(), values.tolist(), strict=True))
    x = np.array(sorted(place for place in last if place == place), dtype=np.float64)  # noqa: PLR0124 - NaN is unlike itself
    if not len(x):
        return None
    return Curve(recording, series, x, np.array([last[place] for place in x]), "Epoch" if by_epoch else "Step")


def _batch_curve(rows: pa.Table, recording: Recording, series: str | None) -> Curve | None:
    number, seconds, waits, items = (numbers(rows, name) for name in ("batch", "seconds", "wait_seconds", "items"))
    order = np.argsort(number, kind="stable")
    order = order[np.isfinite(seconds[order]) & np.isfinite(number[order])]
    if not len(order):
        return None
    return Curve(recording, series, number[order], seconds[order], "Batch number", items[order], waits[order])
