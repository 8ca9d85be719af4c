"""The style of each curve: label, colour and marker."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfmon_analyze.plots import colours
from perfmon_analyze.series.trace import provenance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.series.curves import Curve


VARIANTS = {"detectors": "with detectors", "baseline": "baseline (no detectors)"}


# Paul Tol, "Colour Schemes", the muted scheme: told apart by the colour-blind, and unlike the models' own colours.
_PALETTE = ("#332288", "#cc6677", "#117733", "#44aa99", "#882255", "#999933", "#88ccee", "#aa4499", "#ddcc77")


_MARKERS = "os^Dv<>PX"


@dataclass(frozen=True)
class CurveStyle:
    """The style of one curve; `colour` is `#rrggbb`, `marker` one of matplotlib's."""

    label: str
    colour: str
    marker: str


def ordered(curves: Iterable[Curve], styles: Styles) -> list[Curve]:
    """The curves sorted by layer number, then by series, model and variant."""
    models = list(styles)
    return sorted(
        curves,
        key=lambda c: (_layer(c.series), c.series or "", models.index(c.recording.model), c.recording.variant or ""),
    )


def curve_styles(curves: Sequence[Curve], styles: Styles) -> list[CurveStyle]:
    """The style of each curve, in their order.

    Up to nine curves have colours that are easily told apart; more have a colour scale.
    """
    labels = _labels(curves, styles)
    palette = _PALETTE if len(curves) <= len(_PALETTE) else colours.scale(len(curves))
    return [CurveStyle(label, palette[i], _MARKERS[i % len(_MARKERS)]) for i, label in enumerate(labels)]


def _labels(curves: Sequence[Curve], styles: Styles) -> list[str]:
    models: dict[str | None, set[str | None]] = {}
    for curve in curves:
        models.setdefault(curve.series, set()).add(curve.recording.model)
    # A curve without a series is labelled by its model, and then the labels of the others have theirs, too.
    shared = any(len(layers) > 1 for layers in models.values()) or (None in models and len(models) > 1)
    labels = [_label(curve, styles[curve.recording.model].label, shared) for curve in curves]
    counts, seen = Counter(labels), Counter[str]()
    for place, label in enumerate(labels):
        seen[label] += 1
        labels[place] = f"{label}, run {seen[label]}" if counts[label] > 1 else label
    return [label + _provenance_suffix(curve) for label, curve in zip(labels, curves, strict=True)]


def _label(curve: Curve, model: str, shared: bool) -> str:
    variant = curve.recording.variant
    name = model if curve.series is None else f"{model} {curve.series}" if shared else curve.series
    return name if variant is None else f"{name}, {VARIANTS.get(variant, variant)}"


def _provenance_suffix(curve: Curve) -> str:
    origin = provenance(curve.recording)
    return f" ({origin})" if origin else ""


def _layer(series: str | None) -> tuple[float, ...]:
    """The sort key of a series: the numbers in its name, so that L5 comes before L15."""
    return tuple(float(number) for number in re.findall(r"\d+", series or "")) or (float("inf"),)
