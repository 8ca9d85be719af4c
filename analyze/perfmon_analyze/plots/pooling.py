"""Pools the samples of all runs of one model, for box plots and histograms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.derive import arrays
from perfmon_analyze.plots.colours import lighter
from perfmon_analyze.plots.labels import group_labels, is_dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.plots.style import Style, Styles
    from perfmon_analyze.series.trace import Trace


class SampleGroup(NamedTuple):
    """All known samples of one model of one provenance: measured and other samples are never pooled together."""

    label: str
    style: Style
    dotted: bool
    values: Array
    recordings: tuple[Recording, ...]


def pool(traces: Sequence[Trace], styles: Styles) -> list[SampleGroup]:
    """The traces' values by legend label, that is by model, provenance and GPU if there is a trace for each."""
    labels = group_labels(traces, styles)
    gpus = sorted({trace.gpu for trace in traces if trace.gpu})
    together = {label: [t for t, other in zip(traces, labels, strict=True) if other == label] for label in labels}
    return [
        SampleGroup(
            label,
            _style(alike[0], styles, gpus),
            is_dotted(alike[0], traces),
            concatenate([arrays.finite(t.values) for t in alike]),
            tuple(dict.fromkeys(t.recording for t in alike)),
        )
        for label, alike in together.items()
    ]


def concatenate(parts: Sequence[Array]) -> Array:
    """All these values in one array; a single array is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0), *parts])


def _style(trace: Trace, styles: Styles, gpus: Sequence[str]) -> Style:
    """The model's style; each further GPU is a little lighter."""
    style = styles[trace.recording.model]
    return replace(style, colour=lighter(style.colour, min(0.2 * gpus.index(trace.gpu), 0.6))) if trace.gpu else style
