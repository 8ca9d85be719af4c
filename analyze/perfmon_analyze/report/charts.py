"""Which plot of the specification is drawn by which chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze.choice import NothingToDraw
from perfmon_analyze.plot import named
from perfmon_analyze.report import learning, over_time, spread
from perfmon_analyze.report.chart import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfmon_analyze.options import Options
    from perfmon_analyze.plot import Named
    from perfmon_analyze.report.chart import Chart
    from perfmon_analyze.runs import Runs


class Kind(NamedTuple):
    """The topic that charts of one kind stand under, and what draws one."""

    topic: str
    draw: Callable[[Asked], Chart]


# By the pattern of the plot.
KINDS = {
    "training_loss": Kind("Training", learning.loss),
    "training_loss_{stage}": Kind("Training", learning.loss),
    "training_dynamics": Kind("Training", learning.dynamics),
    "training_dynamics_{stage}": Kind("Training", learning.dynamics),
    "batch_processing_times": Kind("Batches", learning.batches),
    "batch_processing_times_distribution": Kind("Batches", learning.distribution),
    "memory_usage_{stage}": Kind("Memory", over_time.memory),
    "memory_usage_boxplots_vram_{stage}": Kind("Memory", spread.vram),
    "memory_usage_boxplots_ram_{stage}": Kind("Memory", spread.ram),
    "hardware_utilization_distribution_{stage}_gpu": Kind("Utilization", spread.gpu),
    "hardware_utilization_distribution_{stage}_cpu": Kind("Utilization", spread.cpu),
    "disk_usage_{stage}": Kind("Disk", over_time.disk),
    "inference_comparison_{model}": Kind("With and without detectors", over_time.sides),
}


class Drawn(NamedTuple):
    """What became of one plot: its chart, or why there is none."""

    plot: Named
    chart: Chart | None
    reason: str = ""

    @property
    def topic(self) -> str:
        """What its chart stands under."""
        return KINDS[self.plot.plot.pattern].topic


def charts(runs: Runs, options: Options) -> Iterator[Drawn]:
    """Every plot of these runs, in the order of the specification."""
    for one in named(runs).values():
        try:
            yield Drawn(one, KINDS[one.plot.pattern].draw(Asked(runs, one.name, one.subject, options)))
        except NothingToDraw as reason:
            yield Drawn(one, None, str(reason))
