"""The picture of what grows with what."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matplotlib import rc_context, rc_params_from_file
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullFormatter

from benchmark_suite.peers import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes


PICTURE = ROOT / "docs" / "images" / "growth.png"
_STYLE = ROOT / "analyze" / "perfmon_analyze" / "plots" / "perfmon.mplstyle"
_COLUMNS = 4


def draw(done: Sequence[tuple[Curve, Sequence[tuple[float, float]]]]) -> None:
    """A panel for each curve, both axes logarithmic, so that a straight line at 45 degrees is proportional growth."""
    look = rc_params_from_file(_STYLE, use_default_template=True)
    with rc_context({key: look[key] for key in look if key != "backend"}):
        figure = Figure(figsize=(11, 5.2), layout="constrained", dpi=110)
        FigureCanvasAgg(figure)
        panels = list(figure.subplots(-(-len(done) // _COLUMNS), _COLUMNS).flat)
        for panel, (curve, values) in zip(panels, done, strict=False):
            _draw_one(panel, curve, [value[0] for value in values])
        for panel in panels[len(done) :]:
            panel.set_axis_off()
        figure.savefig(PICTURE, metadata={"Software": None})


def _draw_one(panel: Axes, curve: Curve, values: Sequence[float]) -> None:
    xs = [max(x, 0.5) for x in curve.xs]  # none at all stands left of one
    panel.plot(xs, values, marker="o", markersize=4)
    panel.set_xscale("log")
    panel.set_yscale("log")
    low, high = min(values), max(values)
    panel.set_ylim(low / 2, max(2 * high, 10 * low))
    panel.set_title(curve.what)
    panel.set_xlabel(curve.by)
    panel.set_ylabel(curve.heads[0])
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(EngFormatter(sep=""))
        axis.set_minor_formatter(NullFormatter())


class Curve(NamedTuple):
    """One quantity by another: for each `x` the value, and what else was seen."""

    what: str
    by: str
    xs: Sequence[int]
    measure: Callable[[Path, int], tuple[float, float]]  # the two quantities that the heads name, in their units
    heads: tuple[str, str]
