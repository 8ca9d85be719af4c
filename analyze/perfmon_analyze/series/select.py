"""Selects the recordings and the traces that a figure shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon.store import layout
from perfmon_analyze.series import gpu, phases
from perfmon_analyze.series.options import ModelStyleOverride

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Measure, Trace

BASELINE = "baseline"
_KNOWN = ("bielik12", "bielik45")
STAGES = {"activation_saving": "activation saving", "training": "training", "inference": "inference"}


class NothingToDraw(ValueError):
    """The data of a figure are absent; the message says which."""


def recordings_for_hardware(runs: Runs, stage: str) -> list[Recording]:
    """The recordings of a stage, given by name or slug, that figures of hardware use show: all but the baseline.

    Raises:
        NothingToDraw: there are none.
    """
    chosen = [r for r in of_stage(runs, stage) if r.variant != BASELINE]
    if not chosen:
        raise NothingToDraw(f"no run of stage {stage} but the baseline")
    return chosen


def of_stage(runs: Runs, stage: str) -> list[Recording]:
    """The recordings of a stage, given by name or slug.

    Raises:
        NothingToDraw: there are none.
    """
    chosen = [r for r in runs.recordings if layout.slug(r.stage) == layout.slug(stage)]
    if not chosen:
        raise NothingToDraw(f"no run of stage {stage}")
    return chosen


def traces(runs: Runs, chosen: Iterable[Recording], measure: Measure, options: Options) -> list[Trace]:
    """The traces of one measure of all these recordings, in the order in which models are drawn."""
    models = {recording.model for recording in runs.recordings}
    order = sorted(models, key=lambda model: model_rank(model, options.models))
    found = [trace for recording in chosen for trace in measured(runs, recording, measure, options)]
    return sorted(found, key=lambda trace: (order.index(trace.recording.model), trace.provenance))


def measured(runs: Runs, recording: Recording, measure: Measure, options: Options) -> list[Trace]:
    """The traces of one measure of one recording, in `options.phase` if there is one; computed once for all figures."""
    stand_in = options.synthetic and not gpu.has_gpu(recording)
    key = (measure, recording, options.scope, stand_in, options.per_gpu)
    whole = runs.cached(key, lambda: measure(runs, recording, options))
    return whole if options.phase is None else phases.cut(whole, phases.spans(runs, recording, options.phase))


def model_rank(model: str | None, overrides: Mapping[str, ModelStyleOverride]) -> tuple[float, int, str]:
    """The sort key of a model: those with an `order` come first, then the two known ones, then the others by name."""
    order = overrides.get(model or "", ModelStyleOverride()).order
    known = _KNOWN.index(model) if model in _KNOWN else len(_KNOWN)
    return (float("inf") if order is None else order, known, model or "\uffff")
