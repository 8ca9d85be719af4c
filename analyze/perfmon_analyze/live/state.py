"""The state of a running run, updated by each new row once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from perfmon_analyze.derive import rates
from perfmon_analyze.live.series import LiveSeries, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perfmon_analyze.derive.arrays import Array

_CPU = ("cpu_user_seconds", "cpu_system_seconds", "cpus_allowed", "cpus_quota")
_JOB = (*_CPU, "rss_bytes", "pss_bytes", "memory_limit_bytes")
_JOB_NOW = ("processes", "threads")
_HOST = ("memory_total_bytes", "memory_used_bytes")
_GPU = ("busy_ratio", "vram_used_bytes", "vram_job_bytes", "vram_total_bytes", "power_watts", "temperature_celsius")
_FOLDER = ("growth_bytes", "free_bytes")
_SPAN = ("kind", "name", "begin_t", "end_t", "pid")
_EVENT = ("kind", "source", "column_name", "entity", "reason", "begin_t", "end_t", "detail")
# The columns that are read of each table; add a column here to show it.
COLUMNS: dict[str, tuple[str, ...]] = {
    "job": ("t", *_JOB, *_JOB_NOW),
    "host": ("t", *_HOST),
    "gpu": ("t", "uuid", "index", "name", "parent_uuid", *_GPU),
    "folder": ("t", "path", *_FOLDER),
    "metric": ("t", "series", "epoch", "step", "name", "value"),
    "batch": ("t", "series", "batch", "seconds"),
    "phase": ("t", *_SPAN),
    "event": ("t", *_EVENT),
}
_MOST_ENTITIES = 1000  # of GPUs, folders, metrics, open phases: a folder that somebody made may hold any number
_SPANS_MOST = 200  # phases and events that have ended: the last ones are shown


class LiveGpu(NamedTuple):
    """One GPU or MIG instance; `place` is its index in NVML's order."""

    place: int | None
    name: str
    is_instance: bool
    series: LiveSeries


class LiveMetric(NamedTuple):
    """One metric of one series: its values over time, and the epoch or step of the last one."""

    series: str
    name: str
    values: LiveSeries
    at: list[str]


class Span(NamedTuple):
    """A phase or an attached stage: `end` is None while it goes on."""

    kind: str
    name: str
    begin: float
    end: float | None


class LiveEvent(NamedTuple):
    """An event; `end` is None while it goes on."""

    kind: str
    about: str
    detail: str
    begin: float
    end: float | None


class LiveState:
    """The values that a screen shows of a run, without its facts."""

    def __init__(self) -> None:
        self.job = LiveSeries(*_JOB, *_JOB_NOW)
        self.host = LiveSeries(*_HOST)
        self.gpus: dict[str, LiveGpu] = {}
        self.folders: dict[str, LiveSeries] = {}
        self.metrics: dict[tuple[str, str], LiveMetric] = {}
        self.batches: dict[str, LiveSeries] = {}
        self.spans: dict[tuple[object, ...], Span] = {}
        self.events: dict[tuple[object, ...], LiveEvent] = {}
        self._adders = {
            "job": self.job.add,
            "host": self.host.add,
            "gpu": self._gpu,
            "folder": self._folder,
            "metric": self._metric,
            "batch": self._batch,
            "phase": self._phase,
            "event": self._event,
        }

    @property
    def t(self) -> float:
        """Seconds from the run's start to its last tick; 0 before the first."""
        return max((last for series in (self.job, self.host) if (last := series.last("t")) > 0), default=0.0)

    def cpu_percent(self) -> Array:
        """The job's CPU use at each of its ticks, in percent of the CPUs that it may use."""
        job = self.job
        cpus = rates.usable_cpus(job["cpus_allowed"], job["cpus_quota"])
        return rates.job_cpu_percent(job["t"], job["cpu_user_seconds"], job["cpu_system_seconds"], cpus)

    def add_rows(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows of one table."""
        add = self._adders[table]
        for row in rows:
            add(row)

    def _gpu(self, row: Mapping[str, Any]) -> None:
        uuid, index = str(row.get("uuid")), row.get("index")
        if uuid not in self.gpus and len(self.gpus) < _MOST_ENTITIES:
            place = index if isinstance(index, int) else None
            self.gpus[uuid] = LiveGpu(
                place, str(row.get("name")), row.get("parent_uuid") is not None, LiveSeries(*_GPU)
            )
        if uuid in self.gpus:
            self.gpus[uuid].series.add(row)

    def _folder(self, row: Mapping[str, Any]) -> None:
        self._entity(self.folders, str(row.get("path")), _FOLDER, row)

    def _batch(self, row: Mapping[str, Any]) -> None:
        self._entity(self.batches, str(row.get("series") or ""), ("batch", "seconds"), row)

    def _entity(self, known: dict[str, LiveSeries], key: str, columns: Iterable[str], row: Mapping[str, Any]) -> None:
        if key in known or len(known) < _MOST_ENTITIES:
            known.setdefault(key, LiveSeries(*columns)).add(row)

    def _metric(self, row: Mapping[str, Any]) -> None:
        key = str(row.get("series") or ""), str(row.get("name"))
        if key not in self.metrics and len(self.metrics) < _MOST_ENTITIES:
            self.metrics[key] = LiveMetric(*key, LiveSeries("value"), [""])
        if metric := self.metrics.get(key):
            metric.values.add(row)
            metric.at[0] = next((f"{x} {row[x]:g}" for x in ("epoch", "step") if number(row.get(x)) >= 0), "")

    def _phase(self, row: Mapping[str, Any]) -> None:
        begin, end = number(row.get("begin_t")), number(row.get("end_t"))
        span = Span(str(row.get("kind")), str(row.get("name")), begin, end if end >= 0 else None)
        _replace(self.spans, (row.get("pid"), span.name, begin), span)

    def _event(self, row: Mapping[str, Any]) -> None:
        begin, end = number(row.get("begin_t")), number(row.get("end_t"))
        subject = " ".join(str(row[name]) for name in ("source", "column_name", "entity") if row.get(name) is not None)
        event = LiveEvent(str(row.get("kind")), subject, str(row.get("detail") or ""), begin, end if end >= 0 else None)
        _replace(self.events, (event.kind, subject, begin), event)


Ended = TypeVar("Ended", Span, LiveEvent)


def _replace(known: dict[tuple[object, ...], Ended], key: tuple[object, ...], one: Ended) -> None:
    """Store a span at its begin and at its end; if there are too many, drop one that ended long ago."""
    if key not in known or one.end is not None:
        known[key] = one
    if len(known) > _SPANS_MOST:
        ended = next((old for old, span in known.items() if span.end is not None), next(iter(known)))
        del known[ended]
