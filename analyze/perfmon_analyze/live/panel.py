"""The panels of the screen: one measure each, with its figures and its chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.derive import gaps, rates
from perfmon_analyze.text.humanize import format_bytes

if TYPE_CHECKING:
    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.live.series import LiveSeries
    from perfmon_analyze.live.state import LiveGpu, LiveState

_ALL = 100.0  # percent
_FULL = 0.9  # from here on a level stands out


class TerminalPanel(NamedTuple):
    """A measure: its name, its current value and further text, and its samples.

    `limit` is the greatest value that there can be, where one is known. `is_full` says that little is left of it.
    """

    name: str
    now: str
    more: str
    t: Array
    values: Array
    limit: float | None
    colour: str
    is_full: bool = False

    @property
    def is_percent(self) -> bool:
        """Whether its values are shares; else they are sizes in bytes."""
        return self.limit == _ALL


def all_of(state: LiveState, interval: float) -> list[TerminalPanel]:
    """All measures of a run whose samples are so many seconds apart."""
    gpus = sorted(state.gpus.values(), key=lambda gpu: (gpu.place is None, gpu.place or 0, gpu.is_instance))
    return [
        *of_job(state, interval),
        *(panel for gpu in gpus for panel in of_gpu(gpu, interval)),
        *(panel for path, series in state.folders.items() for panel in of_folder(path, series, interval)),
    ]


def of_job(state: LiveState, interval: float) -> list[TerminalPanel]:
    """CPU and RAM of the job."""
    job = state.job
    if not len(job):
        return []
    t = job["t"]
    cpu = state.cpu_percent()
    cpus = f"of {rates.usable_cpus(job.latest('cpus_allowed'), job.latest('cpus_quota')):.4g} CPUs"
    return [
        TerminalPanel("CPU", _percent(cpu[-1]), cpus, *gaps.with_gaps(t, cpu, interval), _ALL, "cyan"),
        _ram(state, t, interval),
    ]


def _ram(state: LiveState, t: Array, interval: float) -> TerminalPanel:
    """PSS, which is read at a pace of its own; RSS where there is none."""
    job = state.job
    limits = [
        limit for limit in (job.latest("memory_limit_bytes"), state.host.latest("memory_total_bytes")) if limit > 0
    ]
    limit = min(limits, default=None)
    column = "pss_bytes" if np.isfinite(job["pss_bytes"]).any() else "rss_bytes"
    values = job[column]
    known = np.isfinite(values)
    level = values[known][-1] if known.any() else float("nan")
    samples = gaps.insert_breaks(t[known], values[known], gaps.gap_times(t, interval))
    of = f"of {format_bytes(limit)}, {column[:3].upper()}" if limit else column[:3].upper()
    return TerminalPanel("RAM", _size(level), of, *samples, limit, "green", bool(limit and level > _FULL * limit))


def of_gpu(gpu: LiveGpu, interval: float) -> list[TerminalPanel]:
    """Utilization and VRAM of one GPU."""
    if not len(gpu.series):
        return []
    series, name = gpu.series, "GPU" if gpu.place is None else f"GPU {gpu.place}"
    t, busy = series["t"], rates.percent(series["busy_ratio"])
    state = [f"{series.last(column):.0f} {unit}" for column, unit in _OF_A_BOARD if series.last(column) >= 0]
    total, used = series.latest("vram_total_bytes"), series["vram_used_bytes"]
    of = f"of {format_bytes(total)}" if total > 0 else ""
    job = series.latest("vram_job_bytes")
    mine = f", the job's {format_bytes(job)}" if job >= 0 else ""
    full = bool(total > 0 and used[-1] > _FULL * total)
    return [
        TerminalPanel(name, _percent(busy[-1]), " ".join(state), *gaps.with_gaps(t, busy, interval), _ALL, "magenta"),
        TerminalPanel(
            "VRAM",
            _size(used[-1]),
            of + mine,
            *gaps.with_gaps(t, used, interval),
            total if total > 0 else None,
            "blue",
            full,
        ),
    ]


_OF_A_BOARD = (("temperature_celsius", "°C"), ("power_watts", "W"))


def of_folder(path: str, series: LiveSeries, interval: float) -> list[TerminalPanel]:
    """The panel of the growth of one watched folder."""
    if not len(series):
        return []
    t, growth, free = series["t"], series["growth_bytes"], series.latest("free_bytes")
    more = f"{path}, {format_bytes(free)} free" if free >= 0 else path
    return [TerminalPanel("disk", f"+{_size(growth[-1])}", more, *gaps.with_gaps(t, growth, interval), None, "yellow")]


def _percent(value: float) -> str:
    return f"{value:.0f} %" if value >= 0 else "?"


def _size(value: float) -> str:
    return format_bytes(value) if np.isfinite(value) else "?"
