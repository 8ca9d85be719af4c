"""The data of the plots of training: loss and the other metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from perfmon_analyze.plots import curve_styles, style
from perfmon_analyze.series import curves, select
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.curves import Curve
    from perfmon_analyze.series.options import Options

METRICS = {"loss": "Loss", "r2": "R²", "dead_features_percent": "Dead features (%)", "l1": "L1 sparsity"}  # axis labels


def loss_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> list[Curve]:
    """The loss curves of a stage.

    Raises:
        NothingToDraw: no loss was logged.
    """
    return _metric(runs, stage, "loss", options) or _nothing(stage, "loss")


def dynamics_data(runs: Runs, stage: str, *, options: Options = DEFAULT) -> dict[str, list[Curve]]:
    """The curves of each of `METRICS` of a stage, by the metric's name; those of a metric may be none.

    Raises:
        NothingToDraw: none of the metrics was logged.
    """
    found = {name: _metric(runs, stage, name, options) for name in METRICS}
    return found if any(found.values()) else _nothing(stage, "metrics")


def _metric(runs: Runs, stage: str, name: str, options: Options) -> list[Curve]:
    chosen = select.of_stage(runs, stage)
    found = [curve for recording in chosen for curve in curves.metric(runs, recording, name, options.phase)]
    return curve_styles.ordered(found, style.model_styles(runs, options))


def _nothing(stage: str, what: str) -> NoReturn:
    raise select.NothingToDraw(f"no {what} logged in stage {stage}")
