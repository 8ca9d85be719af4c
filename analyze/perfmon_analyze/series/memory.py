"""RAM over time, and which column measures it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import gaps
from perfmon_analyze.loading.arrow import numbers
from perfmon_analyze.series.trace import Measure, Trace, known_traces, sorted_rows, traces_with_gaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options


def ram_column(runs: Runs, chosen: Sequence[Recording], scope: str) -> str:
    """The measure of RAM that all these recordings have: PSS, else RSS; of a host, memory in use.

    Recordings without any RAM samples have no say.
    """
    if scope == "host":
        return "memory_used_bytes"
    lacking = [recording for recording in chosen if not _has(runs, recording, "pss_bytes")]
    if len(lacking) == len(chosen) or any(_has(runs, recording, "rss_bytes") for recording in lacking):
        return "rss_bytes"
    return "pss_bytes"


def _has(runs: Runs, recording: Recording, column: str) -> bool:
    if recording.folder.is_all_null("job", column):
        return False
    return bool(np.isfinite(numbers(sorted_rows(runs, recording, "job", (column,)), column)).any())


@cache
def ram_bytes(column: str) -> Measure:
    """The measure of RAM in bytes that is recorded in this column."""

    def measure(runs: Runs, recording: Recording, options: Options) -> list[Trace]:
        if column == "pss_bytes":
            found = _pss_bytes(runs, recording)
        else:
            rows = sorted_rows(runs, recording, "job" if options.scope == "job" else "host", (column,))
            found = known_traces(recording, numbers(rows, "t"), numbers(rows, column))
        return [replace(trace, ram_column=column) for trace in found]

    return measure


def _pss_bytes(runs: Runs, recording: Recording) -> list[Trace]:
    """PSS held between its readings: it is read mostly while memory changes, and would stand for these times alone."""
    rows = sorted_rows(runs, recording, "job", ("pss_bytes", "rss_bytes"))
    t, values = numbers(rows, "t"), gaps.hold_last(numbers(rows, "pss_bytes"), numbers(rows, "rss_bytes"))
    known = ~np.isnan(values)
    return traces_with_gaps(runs, recording, t[known], values[known])
