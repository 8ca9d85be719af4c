"""The summary of a run: figures of its measures, logged metrics and findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from perfmon_analyze.browse import accounting
from perfmon_analyze.derive import arrays
from perfmon_analyze.findings import examine
from perfmon_analyze.loading.arrow import strings
from perfmon_analyze.loading.runs import load
from perfmon_analyze.series import cpu, curves, disk, gpu, memory, select, trace
from perfmon_analyze.series.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.browse.accounting import Account
    from perfmon_analyze.findings import Examination
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.trace import Measure, Trace

_MEASURED = Options(synthetic=False)  # stand-ins for a GPU are for pictures only: they are no figures of the run
PERCENT, BYTES, SECONDS = "percent", "B", "s"
DISK_GROWTH = "disk_growth"


class Summary(NamedTuple):
    """One measure of one recording; `last` is the last value known. Without samples there are no figures.

    `key` is its name in JSON, and `name` the one for people.
    """

    key: str
    name: str
    unit: str
    trace: Trace | None = None
    mean: float | None = None
    p95: float | None = None
    peak: float | None = None
    last: float | None = None
    samples: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return all figures, without the samples."""
        figures = {name: value for name, value in self._asdict().items() if name != "trace"}
        return {**figures, "note": self.trace.note if self.trace else None}


class Logged(NamedTuple):
    """The last value of one metric of one series, and the epoch or step that it belongs to."""

    series: str | None
    name: str
    value: float
    x_name: str
    x: float


@dataclass(frozen=True)
class Stage:
    """A run, or a stage that was attached to it."""

    recording: Recording
    seconds: float
    measures: list[Summary]
    batches: list[Summary]
    logged: list[Logged]
    account: Account

    def as_json(self) -> dict[str, Any]:
        """Return all values in base units; percentages from 0 to 100."""
        recording = self.recording
        return {
            "recording": recording.name,
            "stage": recording.stage,
            "model": recording.model,
            "variant": recording.variant,
            "begin_t": recording.begin,
            "duration_seconds": self.seconds,
            "measures": [one.as_json() for one in self.measures],
            "batches": [one.as_json() for one in self.batches],
            "logged": [one._asdict() for one in self.logged],
            **self.account.as_json(),
        }


@dataclass(frozen=True)
class Overview:
    """One run: its stages, and its findings."""

    stages: list[Stage]
    examination: Examination


def overview(folder: str) -> Overview:
    """Summarize one run folder.

    Raises:
        NoRuns: the folder is not a run folder.
        OSError: it cannot be listed.
    """
    runs = load(folder)
    return Overview([_stage(runs, recording) for recording in runs.recordings], examine(runs))


def _stage(runs: Runs, recording: Recording) -> Stage:
    ram = memory.ram_column(runs, [recording], "job")
    of: tuple[tuple[Summary, Measure], ...] = (
        (Summary("cpu_utilization", "CPU", PERCENT), cpu.cpu_percent),
        (Summary(ram.removesuffix("_bytes"), f"RAM ({ram[:3].upper()})", BYTES), memory.ram_bytes(ram)),
        (Summary("gpu_utilization", "GPU", PERCENT), gpu.gpu_percent),
        (Summary("vram", "VRAM", BYTES), gpu.vram_bytes),
        (Summary(DISK_GROWTH, "disk growth", BYTES), disk.disk_growth_bytes),
    )
    return Stage(
        recording,
        trace.duration(runs, recording),
        [_measured(runs, recording, *one) for one in of],
        [_filled(Summary("batch", one.series or "", SECONDS), one.values) for one in curves.batches(runs, recording)],
        list(_logged(runs, recording)),
        accounting.of(runs, recording),
    )


def _measured(runs: Runs, recording: Recording, empty: Summary, measure: Measure) -> Summary:
    traces = select.measured(runs, recording, measure, _MEASURED)
    return _filled(empty._replace(trace=traces[0]), traces[0].values) if traces else empty


def _filled(empty: Summary, values: arrays.Array) -> Summary:
    known = arrays.finite(values)
    return empty._replace(
        mean=float(known.mean()),
        p95=float(np.percentile(known, 95)),
        peak=float(known.max()),
        last=float(known[-1]),
        samples=len(known),
    )


def _logged(runs: Runs, recording: Recording) -> Iterator[Logged]:
    for name in dict.fromkeys(strings(runs.read(recording, "metric", ("name",)), "name")):
        for curve in curves.metric(runs, recording, name):
            yield Logged(curve.series, name, float(curve.values[-1]), curve.x_name.lower(), float(curve.x[-1]))
