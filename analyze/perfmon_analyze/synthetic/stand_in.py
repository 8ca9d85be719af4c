"""Stand-ins: rows of table `gpu` that plots draw, marked as synthetic, where no GPU was recorded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from perfmon_analyze.synthetic.gpu import NAME, UUID, gpu_columns
from perfmon_analyze.synthetic.noise import RandomStreams
from perfmon_analyze.synthetic.stages import timeline_of
from perfmon_analyze.synthetic.ticks import ticks
from perfmon_analyze.synthetic.training import Rhythm
from perfmon_analyze.synthetic.workload import workload_of

MOST_ROWS = 20_000
_BYTES = ("vram_used_bytes", "vram_total_bytes", "vram_job_bytes")


def gpu_rows(
    *, stage: str, model: str | None, variant: str | None, duration_seconds: float, interval_seconds: float
) -> pd.DataFrame:
    """Rows of the gpu table's own columns, from `t` 0 to `duration_seconds`, for a picture and for nothing else.

    The same arguments give the same rows. A stage or model that is not known by name gets a shape of its kind. No
    more than about `MOST_ROWS` rows are made: where the interval asks for more, it is widened.

    Raises:
        ValueError: the duration or the interval is not a positive number.
    """
    if not (0 < duration_seconds < np.inf and 0 < interval_seconds < np.inf):
        raise ValueError(f"cannot stand in for {duration_seconds} s in steps of {interval_seconds} s")
    streams = RandomStreams(0, stage, model, variant)
    workload = workload_of(stage, model, variant)
    timeline = timeline_of(stage, workload, duration_seconds, streams, Rhythm())
    t = ticks(duration_seconds, max(interval_seconds, duration_seconds / MOST_ROWS), streams).t
    rows = pd.DataFrame({"t": t, "uuid": UUID, "index": 0, "name": NAME, **gpu_columns(timeline, workload, streams, t)})
    return rows.astype(dict.fromkeys(_BYTES, "int64"))
