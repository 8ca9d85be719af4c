"""The charts of a page: which function draws which plot."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze.plots.data.line_plot import LinePlot
from perfmon_analyze.plots.registry import PLOTS, named
from perfmon_analyze.report import distributions, time_series, training_charts
from perfmon_analyze.report.chart import ChartRequest
from perfmon_analyze.series.select import NothingToDraw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.registry import Named, Plot
    from perfmon_analyze.report.chart import Chart
    from perfmon_analyze.series.options import Options


class ChartKind(NamedTuple):
    """A kind of chart: the topic that it stands under, and the function that draws it."""

    topic: str
    draw: Callable[[ChartRequest], Chart]


# By the pattern of the plot. The chart of a `LinePlot` follows from it.
CHARTS = {
    "training_loss": ChartKind("Training", training_charts.loss),
    "training_loss_{stage}": ChartKind("Training", training_charts.loss),
    "training_dynamics": ChartKind("Training", training_charts.dynamics),
    "training_dynamics_{stage}": ChartKind("Training", training_charts.dynamics),
    "batch_processing_times": ChartKind("Batches", training_charts.batches),
    "batch_processing_times_distribution": ChartKind("Batches", training_charts.distribution),
    "memory_usage_{stage}": ChartKind("Memory", time_series.memory),
    "memory_usage_boxplots_vram_{stage}": ChartKind("Memory", distributions.vram),
    "memory_usage_boxplots_ram_{stage}": ChartKind("Memory", distributions.ram),
    "hardware_utilization_distribution_{stage}_gpu": ChartKind("Utilization", distributions.gpu),
    "hardware_utilization_distribution_{stage}_cpu": ChartKind("Utilization", distributions.cpu),
    "inference_comparison_{model}": ChartKind("With and without detectors", time_series.sides),
}


def _kind(plot: Plot) -> ChartKind:
    if isinstance(plot.drawing, LinePlot):
        return ChartKind(plot.drawing.topic, partial(time_series.line_plot, plot.drawing, plot.data))
    return CHARTS[plot.pattern]


KINDS = {plot.pattern: _kind(plot) for plot in PLOTS}


class ChartResult(NamedTuple):
    """One plot with its chart, or the reason why there is none."""

    plot: Named
    chart: Chart | None
    reason: str = ""

    @property
    def topic(self) -> str:
        """The topic that its chart stands under."""
        return KINDS[self.plot.plot.pattern].topic


def charts(runs: Runs, options: Options) -> Iterator[ChartResult]:
    """Every plot of these runs with its chart, in the order of the specification."""
    for one in named(runs).values():
        try:
            yield ChartResult(one, KINDS[one.plot.pattern].draw(ChartRequest(runs, one.name, one.subject, options)))
        except NothingToDraw as reason:
            yield ChartResult(one, None, str(reason))
