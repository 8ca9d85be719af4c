"""Traces as lines of a chart, downsampled to what a page can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.derive import gaps
from perfmon_analyze.plots import labels
from perfmon_analyze.plots.downsample import downsample
from perfmon_analyze.report.chart import LegendEntry, Mark
from perfmon_analyze.text.humanize import format_duration, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.series.trace import Trace

_DASHES = ("solid", "dash", "dashdot", "longdash")  # one for each GPU
_MOST_COLUMNS, _FEWEST_COLUMNS = 1500, 150
_COLUMNS_TOGETHER = 9_600  # of all recordings: each column has four samples at most in each of about four lines


class Lines(NamedTuple):
    """The lines of one panel, with the numbers of drawn and of all samples."""

    marks: list[Mark]
    drawn: int
    samples: int


def columns(runs: Runs) -> int:
    """The number of intervals that a line is downsampled to: fewer for many recordings, for a page must stay small."""
    return int(np.clip(_COLUMNS_TOGETHER // len(runs.recordings), _FEWEST_COLUMNS, _MOST_COLUMNS))


def lines(
    traces: Sequence[Trace], styles: Styles, *, every: Sequence[Trace], per: float, seconds: float, most: int
) -> Lines:
    """A line for each trace, downsampled to `most` intervals; `per` and `seconds` are the units of the axes."""
    gpus = sorted({trace.gpu for trace in traces if trace.gpu})
    names = labels.group_labels(traces, styles)
    marks, drawn, samples = [], 0, 0
    for trace, label in zip(traces, names, strict=True):
        dash = _DASHES[gpus.index(trace.gpu) % len(_DASHES)] if trace.gpu else "solid"
        dotted = labels.is_dotted(trace, every)
        group = LegendEntry(label=label, colour=styles[trace.recording.model].colour, dash="dot" if dotted else dash)
        t, values = trace.t, trace.values
        if not trace.gaps_marked:
            t, values = gaps.with_gaps(t, values, trace.recording.interval)
        samples += _known(values)
        shown = downsample(t, values, most)
        hover = label if names.count(label) == 1 else f"{label}: {trace.recording.name}"
        kind = "pale" if len(shown.means) else "line"
        marks.append(Mark(kind=kind, group=group, x=shown.t / seconds, y=shown.values / per, hover=hover))
        if len(shown.means):
            mean = f"{hover}, mean of about {format_duration(float(t[-1] - t[0]) / most)}"
            marks.append(Mark(kind="mean", group=group, x=shown.means_t / seconds, y=shown.means / per, hover=mean))
        drawn += _known(shown.values)
    return Lines(marks, drawn, samples)


def reduction(found: Sequence[Lines], most: int) -> str | None:
    """The note of a chart about samples that it does not draw; None if it draws them all."""
    drawn, samples = (sum(getattr(one, name) for one in found) for name in ("drawn", "samples"))
    if drawn >= samples:
        return None
    return (
        f"{drawn:,} of {plural(samples, 'sample')} are drawn: the first, lowest, highest and last of each of {most:,} "
        "intervals of a line, so that every spike is there; zooming in shows no more. Where they are dense, "
        "they are pale and their mean is drawn over them. The figures count all samples"
    )


def _known(values: Array) -> int:
    return int(np.isfinite(values).sum())
