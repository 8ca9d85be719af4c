"""The data of the plots of batch times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.plots import curve_styles, style
from perfmon_analyze.series import curves, select
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.curves import Curve
    from perfmon_analyze.series.options import Options

STAGE = "inference"


def batch_data(runs: Runs, stage: str = STAGE, *, options: Options = DEFAULT) -> list[Curve]:
    """The batch times of a stage in seconds, all variants: a curve for each recording and series.

    Raises:
        NothingToDraw: no batch was timed.
    """
    chosen = select.of_stage(runs, stage)
    found = [curve for recording in chosen for curve in curves.batches(runs, recording, options.phase)]
    if not found:
        raise select.NothingToDraw(f"no batches timed in stage {stage}")
    return curve_styles.ordered(found, style.model_styles(runs, options))
