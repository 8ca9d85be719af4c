"""The warm-up at a recording's beginning: imports, loading of weights, the first batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.loading.arrow import numbers
from perfmon_analyze.series.trace import duration, sorted_rows

if TYPE_CHECKING:
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs

SHARE = 0.1  # of the recording
LONGEST_SECONDS = 300.0  # weights of a large model take minutes, not hours
BATCHES = 3  # the first ones set up memory and choose kernels
MOST = 0.5  # of the recording: what is left must be worth looking at


def warm_up_seconds(runs: Runs, recording: Recording) -> float:
    """Seconds from the recording's beginning to the end of its warm-up.

    A tenth of the recording, 5 minutes at most, and at least until the third timed batch has ended; never more than
    half of it.
    """
    length = duration(runs, recording)
    batches = numbers(sorted_rows(runs, recording, "batch", ()), "t")[:BATCHES]
    third = float(np.max(batches)) if len(batches) == BATCHES else 0.0
    return min(max(min(SHARE * length, LONGEST_SECONDS), third), MOST * length)
