"""Growth of the watched folders over time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import arrays, rates
from perfmon_analyze.loading.arrow import numbers
from perfmon_analyze.series.trace import Trace, entities, sorted_rows, traces_with_gaps, unique_codes

if TYPE_CHECKING:
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options


def disk_growth_bytes(runs: Runs, recording: Recording, _: Options) -> list[Trace]:
    """Growth of all watched folders together since the recording began, in bytes."""
    rows = sorted_rows(runs, recording, "folder", ("growth_bytes",))
    codes, paths = entities(runs, recording, "folder", "path")
    t, values = numbers(rows, "t"), numbers(rows, "growth_bytes")
    watched = {paths[code] for code in unique_codes(codes)}
    outermost = np.array([not _is_inside_another(path, watched) for path in paths], dtype=bool)
    if not outermost.all():  # else nothing is copied
        t, codes, values = (column[outermost[codes]] for column in (t, codes, values))
    t, grid = rates.pivot(t, codes, values)
    growth = rates.total_growth(grid)
    known = arrays.finite(growth)
    return traces_with_gaps(runs, recording, t, growth - known[0] if recording.attached and len(known) else growth)


def _is_inside_another(path: str | None, others: set[str | None]) -> bool:
    """Whether a watched folder lies in another watched one, whose size includes it."""
    return any(path and other and path != other and path.startswith(other.rstrip(os.sep) + os.sep) for other in others)
