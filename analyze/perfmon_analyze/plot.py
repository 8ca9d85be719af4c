"""What a plot is, which there are, and how one is drawn by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon import layout
from perfmon_analyze import choice
from perfmon_analyze.choice import NothingToDraw
from perfmon_analyze.options import DEFAULT, Options
from perfmon_analyze.plots.disk import disk_data, disk_usage
from perfmon_analyze.plots.memory import memory_data, memory_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

    from perfmon_analyze.runs import Runs


class Plot(NamedTuple):
    """A plot, or a family of them: `{stage}` or `{model}` in its name stands for each subject.

    `data` gathers what `draw` shows; both raise `NothingToDraw`, saying why.
    """

    pattern: str
    subjects: Callable[[Runs], Sequence[str]]
    data: Callable[[Runs, str, Options], object]
    draw: Callable[[Runs, str, Options], Figure]


class Named(NamedTuple):
    """One plot of a family, by its full name."""

    name: str
    plot: Plot
    subject: str


def _stages(runs: Runs) -> Sequence[str]:
    return list(dict.fromkeys([*choice.STAGES, *(layout.slug(r.stage) for r in runs.recordings)]))


PLOTS = (
    Plot("memory_usage_{stage}", _stages, memory_data, lambda r, stage, o: memory_usage(r, stage=stage, options=o)),
    Plot("disk_usage_{stage}", _stages, disk_data, lambda r, stage, o: disk_usage(r, stage=stage, options=o)),
)


def named(runs: Runs) -> dict[str, Named]:
    """Every plot there is for the stages and models of these runs and of the specification, in its order."""
    every = [
        Named(plot.pattern.format(stage=subject, model=subject), plot, subject)
        for plot in PLOTS
        for subject in plot.subjects(runs)
    ]
    return {one.name: one for one in every}


def plot_names(runs: Runs, **options: Any) -> list[str]:  # the fields of Options
    """The names of the plots that these runs can show."""
    chosen = Options(**options)
    return [name for name, one in named(runs).items() if _lacks(runs, one, chosen) is None]


def draw(name: str, runs: Runs, **options: Any) -> Figure:  # the fields of Options
    """Draw one plot by its name; the options are the fields of `Options`.

    Raises:
        ValueError: there is no plot of this name, its data are absent, or an option has no such value.
    """
    plots = named(runs)
    if name not in plots:
        raise ValueError(f"the plot must be one of {', '.join(plots)}; not {name!r}")
    _, plot, subject = plots[name]
    return plot.draw(runs, subject, Options(**options) if options else DEFAULT)


def _lacks(runs: Runs, one: Named, options: Options) -> str | None:
    try:
        one.plot.data(runs, one.subject, options)
    except NothingToDraw as reason:
        return str(reason)
    return None
