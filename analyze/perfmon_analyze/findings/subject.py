"""One recording as the rules look at it: its columns after the warm-up, or why there is nothing to judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.derive import rates
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.loading.arrow import dictionary_codes, numbers
from perfmon_analyze.series import gpu, select, trace
from perfmon_analyze.series.options import Options
from perfmon_analyze.series.warmup import warm_up_seconds
from perfmon_analyze.text.humanize import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import pyarrow as pa
    from numpy.typing import NDArray

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.gpu import GpuSeries
    from perfmon_analyze.series.trace import Measure, Trace

_MEASURED = Options(synthetic=False)
_EACH_GPU = Options(synthetic=False, per_gpu=True)


class NotJudged(Exception):
    """There is too little data to judge; the message names what is missing."""


class Detection(NamedTuple):
    """One detection of a rule: `begin` and `end` are in seconds since the recording's beginning."""

    severity: str
    sentence: str
    advice: str
    begin: float
    end: float
    evidence: Mapping[str, float | str]


@dataclass(eq=False)
class Subject:
    """One recording; `all` are those that were loaded with it, itself included."""

    runs: Runs
    recording: Recording
    all: Sequence[Subject] = field(default=())

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of run.json, with the recording's labels."""
        return self.recording.facts

    @cached_property
    def warm_up(self) -> float:
        """Seconds of warm-up at the beginning, which are left out."""
        return warm_up_seconds(self.runs, self.recording)

    @cached_property
    def end(self) -> float:
        """Seconds from the beginning to the last sample."""
        return trace.duration(self.runs, self.recording)

    def columns(self, table: str, *names: str) -> tuple[Array, ...]:
        """Return `t` in seconds since the beginning and these columns, one value per row; null is NaN."""
        rows = trace.sorted_rows(self.runs, self.recording, table, names)
        return tuple(numbers(rows, name) for name in ("t", *names))

    def rows(self, table: str, *names: str) -> pa.Table:
        """Return these columns of a table as an Arrow table, sorted by time."""
        return trace.sorted_rows(self.runs, self.recording, table, names)

    def codes(self, table: str, column: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """Return the codes of a text column, in the order of `columns`, and the texts that they stand for."""
        return dictionary_codes(trace.sorted_rows(self.runs, self.recording, table, (column,)), column)

    def steady(self, t: Array, values: Array, what: str) -> tuple[Array, Array]:
        """Return times and values after the warm-up, without NaN.

        Raises:
            NotJudged: there are too few, or they span too little time.
        """
        keep = (t > self.warm_up) & np.isfinite(values)
        if not keep.any():
            raise NotJudged(f"no samples of {what} after the warm-up")
        self.enough(t[keep], what, " after the warm-up")
        return t[keep], values[keep]

    def enough(self, t: Array, what: str, when: str = "") -> None:
        """Require enough samples over enough time.

        Raises:
            NotJudged: there are too few, or they span too little time.
        """
        seconds = t[-1] - t[0] if len(t) else 0.0
        if len(t) < at("samples") or seconds < at("span"):
            raise NotJudged(
                f"{plural(len(t), 'sample')} of {what} in {seconds:.0f} s{when}: "
                f"at least {at('samples'):g} in {at('span'):g} s are needed"
            )

    def counted(self, t: Array, counter: Array, what: str) -> tuple[float, float, float]:
        """Return the rise of a counter after the warm-up, and begin and end of that time in seconds.

        Raises:
            NotJudged: there are too few samples, or they span too little time.
        """
        at_t, rises = self.steady(t, rates.increments(counter), what)
        return float(rises.sum()), float(at_t[0]), float(at_t[-1])

    def gpus_used(self, *names: str) -> list[GpuSeries]:
        """Return the GPUs that the job used, with these columns of table `gpu`.

        Raises:
            NotJudged: no GPU was recorded.
        """
        if not gpu.has_gpu(self.recording):
            raise NotJudged("no GPU was recorded")
        return gpu.gpus_used(self.runs, self.recording, *names)

    def gpu_traces(self) -> list[Trace]:
        """The utilization of each GPU that the job used, in percent.

        Raises:
            NotJudged: none was recorded.
        """
        return self._traces(gpu.gpu_percent, _EACH_GPU, "GPU utilization")

    def mean_gpu_trace(self) -> Trace:
        """The mean utilization of the job's GPUs, in percent.

        Raises:
            NotJudged: none was recorded.
        """
        return self._traces(gpu.gpu_percent, _MEASURED, "GPU utilization")[0]

    def _traces(self, measure: Measure, options: Options, what: str) -> list[Trace]:
        found = select.measured(self.runs, self.recording, measure, options)
        if not found:
            raise NotJudged(f"no {what} was recorded" if gpu.has_gpu(self.recording) else "no GPU was recorded")
        return found

    def cpus_in_use(self) -> tuple[Array, Array]:
        """Return the CPUs in use over the interval up to each `t`, and the usable CPUs by affinity and quota."""
        t, user, system, allowed, quota = self.columns(
            "job", "cpu_user_seconds", "cpu_system_seconds", "cpus_allowed", "cpus_quota"
        )
        percent = rates.job_cpu_percent(t, user, system, allowed)
        return percent / 100 * allowed, rates.usable_cpus(allowed, quota)
