"""The data of the plot that shows inference with and without detectors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from perfmon.store import layout
from perfmon_analyze.derive import units
from perfmon_analyze.plots import labels
from perfmon_analyze.plots.colours import lighter
from perfmon_analyze.plots.data.batches import STAGE
from perfmon_analyze.series import cpu, disk, gpu, memory, select
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.style import Styles
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Measure, Trace

SIDES = {"detectors": "With detectors", "baseline": "Baseline (no detectors)"}  # titles of the columns, by variant
_LIGHTER = 0.45  # share of white in the baseline's colours


class PanelRow(NamedTuple):
    """One row of panels: a measure, its y-axis, and the traces of each side in the order of `SIDES`.

    `per` is the axis' unit in bytes, or 1 for percent.
    """

    what: str
    label: str
    per: float
    sides: Sequence[Sequence[Trace]]


def models(runs: Runs) -> list[str]:
    """The models with any inference, as slugs in alphabetical order."""
    here = {layout.slug(r.model) for r in runs.recordings if r.stage == STAGE and r.model}
    return sorted(here)


def comparison_data(runs: Runs, model: str, *, options: Options = DEFAULT) -> list[PanelRow]:
    """The five rows of the figure: CPU, GPU, RAM, VRAM and disk of one model, which is given by its slug.

    Raises:
        NothingToDraw: the model has no inference with detectors, or no baseline.
    """
    recordings = [r for r in runs.recordings if r.stage == STAGE and layout.slug(r.model or "") == model]
    sides = [[r for r in recordings if r.variant == variant] for variant in SIDES]
    for variant, chosen in zip(SIDES, sides, strict=True):
        if not chosen:
            raise select.NothingToDraw(f"no inference of variant {variant} for model {model}")
    return [
        _row(what, unit, [select.traces(runs, chosen, measure, options) for chosen in sides])
        for what, unit, measure in _measures(runs, recordings, options)
    ]


def _measures(runs: Runs, chosen: Sequence[Recording], options: Options) -> list[tuple[str, str, Measure]]:
    return [
        ("CPU", "%", cpu.cpu_percent),
        ("GPU", "%", gpu.gpu_percent),
        ("RAM", "", memory.ram_bytes(memory.ram_column(runs, chosen, options.scope))),
        ("VRAM", "MiB", gpu.vram_bytes),
        ("Disk", "", disk.disk_growth_bytes),
    ]


def _row(what: str, unit: str, sides: Sequence[Sequence[Trace]]) -> PanelRow:
    if unit == "%":
        return PanelRow(what, f"{what} utilization (%)", 1.0, sides)
    per, name = (units.MIB, unit) if unit else labels.size_unit([trace for side in sides for trace in side])
    return PanelRow(what, f"{what} ({name})", per, sides)


def side_styles(styles: Styles, variant: str) -> Styles:
    """The styles of one side: labels name it, and the baseline's colours are lighter."""
    if variant != select.BASELINE:
        return {model: replace(style, label=f"{style.label}, with detectors") for model, style in styles.items()}
    return {
        model: replace(style, label=f"{style.label}, baseline", colour=lighter(style.colour, _LIGHTER))
        for model, style in styles.items()
    }
