"""Inference with and without detectors, side by side, for one model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from perfmon.store import layout
from perfmon_analyze.derive import units
from perfmon_analyze.plots import captions, style, time_series
from perfmon_analyze.plots.batches import STAGE
from perfmon_analyze.plots.canvas import lighter, sheet
from perfmon_analyze.series import cpu, disk, gpu, memory, select
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Measure, Trace

_SIDES = {"detectors": "With detectors", "baseline": "Baseline (no detectors)"}
_LIGHTER = 0.45  # share of white in the baseline's tone


class Row(NamedTuple):
    """One row of panels: a measure, and the traces of both sides."""

    what: str
    label: str
    per: float
    sides: Sequence[Sequence[Trace]]


def models(runs: Runs) -> list[str]:
    """The models with any inference, as slugs."""
    here = {layout.slug(r.model) for r in runs.recordings if r.stage == STAGE and r.model}
    return sorted(here)


def comparison_data(runs: Runs, model: str, *, options: Options = DEFAULT) -> list[Row]:
    """The five rows of the figure.

    Raises:
        NothingToDraw: the model has no inference with detectors, or no baseline.
    """
    own = [r for r in runs.recordings if r.stage == STAGE and layout.slug(r.model or "") == model]
    sides = [[r for r in own if r.variant == variant] for variant in _SIDES]
    for variant, chosen in zip(_SIDES, sides, strict=True):
        if not chosen:
            raise select.NothingToDraw(f"no inference of variant {variant} for model {model}")
    return [
        _row(what, unit, [select.traces(runs, chosen, measure, options) for chosen in sides])
        for what, unit, measure in _measures(runs, own, options)
    ]


def inference_comparison(runs: Runs, model: str, *, options: Options = DEFAULT) -> Figure:
    """CPU, GPU, RAM, VRAM and disk over time, with detectors (left) and without (right); a row shares its y-axis.

    Raises:
        NothingToDraw: the model has no inference with detectors, or no baseline.
    """
    rows = comparison_data(runs, layout.slug(model), options=options)
    every = [trace for row in rows for side in row.sides for trace in side]
    styles = style.model_styles(runs, options)
    _, unit = time_series.time_unit(every)
    title = f"Inference with and without detectors: {_label(rows, styles, model)}"
    with sheet(title, options, rows=5, columns=2, size=(10, 11.5), share=True) as page:
        for axes, row in zip(page.panels, rows, strict=True):
            axes[0].set_ylabel(row.label)
            for place, side in enumerate(row.sides):
                own = toned(styles, list(_SIDES)[place])
                time_series.lines(page, axes[place], side, own, every=every, per=row.per)
                if not side:
                    time_series.empty(axes[place], captions.missing(row.what))
            _limit(axes[0], percent="%" in row.label)
        for axes, side_title in zip(page.panels[0], _SIDES.values(), strict=True):
            axes.set_title(side_title)
        for axes in page.panels[-1]:
            axes.set_xlabel(f"Time ({unit})")
        captions.tell(page, every, options)
    return page.figure


def _measures(runs: Runs, chosen: Sequence[Recording], options: Options) -> list[tuple[str, str, Measure]]:
    return [
        ("CPU", "%", cpu.cpu_percent),
        ("GPU", "%", gpu.gpu_percent),
        ("RAM", "", memory.ram_bytes(memory.ram_column(runs, chosen, options.scope))),
        ("VRAM", "MiB", gpu.vram_bytes),
        ("Disk", "", disk.disk_growth_bytes),
    ]


def _row(what: str, unit: str, sides: Sequence[Sequence[Trace]]) -> Row:
    if unit == "%":
        return Row(what, f"{what} utilization (%)", 1.0, sides)
    per, name = (units.MIB, unit) if unit else time_series.size_unit([trace for side in sides for trace in side])
    return Row(what, f"{what} ({name})", per, sides)


def toned(styles: Styles, variant: str) -> Styles:
    """The styles with labels that name the side; the baseline is lighter."""
    if variant != select.BASELINE:
        return {model: replace(style, label=f"{style.label}, with detectors") for model, style in styles.items()}
    return {
        model: replace(style, label=f"{style.label}, baseline", colour=lighter(style.colour, _LIGHTER))
        for model, style in styles.items()
    }


def _limit(axes: Axes, *, percent: bool) -> None:
    axes.set_xlim(left=0)
    axes.set_ylim(0, 105 if percent else max(axes.get_ylim()[1], 1e-9))


def _label(rows: Sequence[Row], styles: Styles, model: str) -> str:
    found = [trace.recording.model for row in rows for side in row.sides for trace in side]
    return styles[found[0]].label if found else model
