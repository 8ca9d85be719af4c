"""The plots there are: names, data and drawing of each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon.store import layout
from perfmon_analyze.plots.data.batches import batch_data
from perfmon_analyze.plots.data.boxplots import ram_box_data, vram_box_data
from perfmon_analyze.plots.data.comparison import comparison_data, models
from perfmon_analyze.plots.data.disk import DISK_USAGE, disk_data
from perfmon_analyze.plots.data.line_plot import LinePlot
from perfmon_analyze.plots.data.memory import memory_data
from perfmon_analyze.plots.data.training import dynamics_data, loss_data
from perfmon_analyze.plots.data.utilization import cpu_data, gpu_data
from perfmon_analyze.series import curves, select
from perfmon_analyze.series.options import Options
from perfmon_analyze.series.select import NothingToDraw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs


class Plot(NamedTuple):
    """A plot, or a family of them: `{stage}` or `{model}` in its name stands for each subject.

    `data` gathers what the plot shows, and raises `NothingToDraw` if there is nothing. `drawing` names what draws it
    with matplotlib, as `module:function` of this package; that is loaded when it is first needed, and never for a
    report. A `LinePlot` in its place is enough for both if `data` returns a list of traces. Drawing takes as long as
    it has `panels`.
    """

    pattern: str
    subjects: Callable[[Runs], Sequence[str]]
    data: Callable[..., Any]
    drawing: str | LinePlot
    panels: int = 1

    def load(self) -> Callable[..., Figure]:
        """The function that draws it: of runs, a subject and `options`; it raises what `data` raises."""
        if isinstance(self.drawing, LinePlot):
            from perfmon_analyze.plots import line_plot  # noqa: PLC0415 - loads matplotlib

            return line_plot.drawing(self.drawing, self.data)
        module, _, function = self.drawing.partition(":")
        draw: Callable[..., Figure] = getattr(import_module(f"perfmon_analyze.plots.{module}"), function)
        return draw


class Named(NamedTuple):
    """One plot of a family for one subject, with its full name."""

    name: str
    plot: Plot
    subject: str


def _stages(runs: Runs) -> Sequence[str]:
    """The stages of the specification, then the others in the order in which they were recorded."""
    return list(dict.fromkeys([*select.STAGES, *(layout.slug(r.stage) for r in runs.recordings)]))


def _other_training(runs: Runs) -> Sequence[str]:
    """Stages other than `training` that logged a loss."""
    stages = [layout.slug(r.stage) for r in runs.recordings if r.stage != "training" and curves.metric(runs, r, "loss")]
    return list(dict.fromkeys(stages))


def _training(_: Runs) -> Sequence[str]:
    return ("training",)


def _inference(_: Runs) -> Sequence[str]:
    return ("inference",)


# In the order of the specification.
PLOTS = (
    Plot("training_loss", _training, loss_data, "training:training_loss"),
    Plot("training_loss_{stage}", _other_training, loss_data, "training:training_loss"),
    Plot("training_dynamics", _training, dynamics_data, "training:training_dynamics", 4),
    Plot("training_dynamics_{stage}", _other_training, dynamics_data, "training:training_dynamics", 4),
    Plot("batch_processing_times", _inference, batch_data, "batches:batch_processing_times"),
    Plot("batch_processing_times_distribution", _inference, batch_data, "batches:batch_processing_times_distribution"),
    Plot("memory_usage_{stage}", _stages, memory_data, "memory:memory_usage", 2),
    Plot("memory_usage_boxplots_vram_{stage}", _stages, vram_box_data, "boxplots:memory_usage_boxplots_vram"),
    Plot("memory_usage_boxplots_ram_{stage}", _stages, ram_box_data, "boxplots:memory_usage_boxplots_ram"),
    Plot("hardware_utilization_distribution_{stage}_gpu", _stages, gpu_data, "utilization:gpu_utilization"),
    Plot("hardware_utilization_distribution_{stage}_cpu", _stages, cpu_data, "utilization:cpu_utilization"),
    Plot("disk_usage_{stage}", _stages, disk_data, DISK_USAGE),
    Plot("inference_comparison_{model}", models, comparison_data, "comparison:inference_comparison", 10),
)


def named(runs: Runs) -> dict[str, Named]:
    """All plots by full name, for the stages and models of these runs and of the specification, in its order."""
    every = [
        Named(plot.pattern.format(stage=subject, model=subject), plot, subject)
        for plot in PLOTS
        for subject in plot.subjects(runs)
    ]
    return {one.name: one for one in every}


def plot_names(runs: Runs, **options: Any) -> list[str]:  # the fields of Options
    """The names of the plots that these runs have data for.

    Args:
        runs: what `load` returned.
        **options: fields of `Options`.

    Raises:
        ValueError: an option has no such value.
        TypeError: there is no option of this name.
    """
    chosen = Options(**options)
    return [name for name, one in named(runs).items() if _reason_missing(runs, one, chosen) is None]


def draw(name: str, runs: Runs, **options: Any) -> Figure:  # the fields of Options
    """Draw one plot by its name.

    Args:
        name: one of `plot_names`.
        runs: what `load` returned.
        **options: fields of `Options`.

    Returns:
        A figure of matplotlib; `savefig` writes it.

    Raises:
        ValueError: there is no plot of this name, its data are absent, or an option has no such value.
        TypeError: there is no option of this name.
    """
    plots = named(runs)
    if name not in plots:
        raise ValueError(f"the plot must be one of {', '.join(plots)}; not {name!r}")
    _, plot, subject = plots[name]
    return plot.load()(runs, subject, options=Options(**options))


def _reason_missing(runs: Runs, one: Named, options: Options) -> str | None:
    try:
        one.plot.data(runs, one.subject, options=options)
    except NothingToDraw as reason:
        return str(reason)
    return None
