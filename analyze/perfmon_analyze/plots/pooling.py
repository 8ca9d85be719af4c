"""The samples of all runs of one model together, as boxes and histograms show them."""

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


class Group(NamedTuple):
    """All known samples of one model that came about in one way: what was made up is never among what was measured."""

    label: str
    style: Style
    dotted: bool
    values: Array
    recordings: tuple[Recording, ...]


def pooled(traces: Sequence[Trace], styles: Styles) -> list[Group]:
    """The traces' values by model, origin and, if they are kept apart, GPU, in the traces' order."""
    labels = group_labels(traces, styles)
    gpus = sorted({trace.gpu for trace in traces if trace.gpu})
    together = {label: [t for t, own in zip(traces, labels, strict=True) if own == label] for label in labels}
    return [
        Group(
            label,
            _style(own[0], styles, gpus),
            is_dotted(own[0], traces),
            joined([arrays.finite(t.values) for t in own]),
            tuple(dict.fromkeys(t.recording for t in own)),
        )
        for label, own in together.items()
    ]


def joined(parts: Sequence[Array]) -> Array:
    """All these values in one array; a single one is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0), *parts])


def _style(trace: Trace, styles: Styles, gpus: Sequence[str]) -> Style:
    """The model's style; each further GPU is a little lighter."""
    style = styles[trace.recording.model]
    return replace(style, colour=lighter(style.colour, min(0.2 * gpus.index(trace.gpu), 0.6))) if trace.gpu else style
