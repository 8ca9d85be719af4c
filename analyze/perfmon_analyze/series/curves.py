"""Model metrics and batch times as curves, and what each curve is called."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.loading.runs import kept, numbers, words
from perfmon_analyze.series import phases
from perfmon_analyze.series.trace import made_by, sorted_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from perfmon_analyze.derive.rates import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.style import Styles

VARIANTS = {"detectors": "with detectors", "baseline": "baseline (no detectors)"}
# Paul Tol, "Colour Schemes", the muted scheme: told apart by the colour-blind, and unlike the models' own colours.
_PALETTE = ("#332288", "#cc6677", "#117733", "#44aa99", "#882255", "#999933", "#88ccee", "#aa4499", "#ddcc77")
_MARKERS = "os^Dv<>PX"


@dataclass(frozen=True)
class Curve:
    """One series of one recording: `x` is an epoch, a step or a batch number, `values` what was recorded there.

    `weights` holds the items of each batch, `waits` the seconds it was waited for; metrics have neither.
    """

    recording: Recording
    series: str | None
    x: Array
    values: Array
    x_name: str = "Epoch"
    items: Array | None = None
    waits: Array | None = None


@dataclass(frozen=True)
class Look:
    """How one curve is drawn."""

    label: str
    colour: str
    marker: str


def metric(runs: Runs, recording: Recording, name: str, phase: str | None = None) -> list[Curve]:
    """The curves of one metric: for each series the last value that was logged for each epoch, else for each step.

    Of a phase those that were logged while it went on.
    """
    rows = _rows(runs, recording, "metric", ("series", "epoch", "step", "name", "value"), phase)
    rows = kept(rows, words(rows, "name") == name)
    return _by_series(rows, recording, _metric_curve)


def batches(runs: Runs, recording: Recording, phase: str | None = None) -> list[Curve]:
    """The batch times of each series, by batch number; of a phase those of batches that ended while it went on."""
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
    return kept(rows, inside)


def ordered(curves: Iterable[Curve], styles: Styles) -> list[Curve]:
    """Curves by layer number, then by series, model and variant."""
    models = list(styles)
    return sorted(
        curves,
        key=lambda c: (_layer(c.series), c.series or "", models.index(c.recording.model), c.recording.variant or ""),
    )


def looks(curves: Sequence[Curve], styles: Styles) -> list[Look]:
    """A label, colour and marker for each curve, in their order.

    Up to nine have colours easily told apart; more have a scale of colours in their order.
    """
    labels = _labels(curves, styles)
    colours = _PALETTE if len(curves) <= len(_PALETTE) else _scale(len(curves))
    return [Look(label, colours[i], _MARKERS[i % len(_MARKERS)]) for i, label in enumerate(labels)]


def _by_series(
    rows: pa.Table, recording: Recording, curve: Callable[[pa.Table, Recording, str | None], Curve | None]
) -> list[Curve]:
    own = recording.facts.get("series")
    series = np.array([own if name is None else name for name in words(rows, "series")], dtype=object)
    found = (curve(kept(rows, _same(series, name)), recording, name) for name in dict.fromkeys(series))
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


def _labels(curves: Sequence[Curve], styles: Styles) -> list[str]:
    models: dict[str | None, set[str | None]] = {}
    for curve in curves:
        models.setdefault(curve.series, set()).add(curve.recording.model)
    # A curve without a series is called by its model, and then the others say theirs, too.
    shared = any(len(own) > 1 for own in models.values()) or (None in models and len(models) > 1)
    labels = [_label(curve, styles[curve.recording.model].label, shared) for curve in curves]
    counts, seen = Counter(labels), Counter[str]()
    for place, label in enumerate(labels):
        seen[label] += 1
        labels[place] = f"{label}, run {seen[label]}" if counts[label] > 1 else label
    return [label + _made(curve) for label, curve in zip(labels, curves, strict=True)]


def _label(curve: Curve, model: str, shared: bool) -> str:
    variant = curve.recording.variant
    name = model if curve.series is None else f"{model} {curve.series}" if shared else curve.series
    return name if variant is None else f"{name}, {VARIANTS.get(variant, variant)}"


def _made(curve: Curve) -> str:
    made = made_by(curve.recording)
    return f" ({made})" if made else ""


def _layer(series: str | None) -> tuple[float, ...]:
    """The numbers in a series' name: L5 comes before L15."""
    return tuple(float(number) for number in re.findall(r"\d+", series or "")) or (float("inf"),)


def _scale(count: int) -> list[str]:
    from matplotlib import colormaps  # noqa: PLC0415 - only figures with very many curves need a scale
    from matplotlib.colors import to_hex  # noqa: PLC0415 - as above

    return [to_hex(colour) for colour in colormaps["viridis"](np.linspace(0, 0.92, count))]
