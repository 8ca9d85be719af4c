"""Resource accounting of a recording: its control group's unattributed use, its disks, its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from perfmon.store import clock
from perfmon_analyze.derive import arrays, rates
from perfmon_analyze.loading.arrow import numbers
from perfmon_analyze.series import disk, select, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options
    from perfmon_analyze.series.trace import Trace

_SHORTEST_SECONDS = 60.0  # of a recording that has a rate: else one file makes it, of the job or of somebody else
_NOT_RECORDED = "this recording does not tell what the job's control group held"


def unattributed_bytes(runs: Runs, recording: Recording, _: Options) -> list[Trace]:
    """Memory in bytes of the job's own control group that neither its process tree nor perfmon holds."""
    columns = ("group_memory_bytes", "group_beside_bytes", "pss_bytes", "pss_file_bytes")
    return _of_group(runs, recording, columns, rates.unattributed_bytes)


def unattributed_seconds(runs: Runs, recording: Recording, _: Options) -> list[Trace]:
    """CPU seconds of the job's own control group that neither used, since the recording's beginning."""
    columns = ("group_cpu_seconds", "group_beside_cpu_seconds", "cpu_user_seconds", "cpu_system_seconds")
    return _of_group(runs, recording, columns, rates.unattributed_seconds)


def _of_group(runs: Runs, recording: Recording, columns: tuple[str, ...], formula: Callable[..., Array]) -> list[Trace]:
    if any(recording.folder.is_all_null("job", name) for name in columns):
        return []
    rows = trace.sorted_rows(runs, recording, "job", columns)
    values = formula(*(numbers(rows, name) for name in columns))
    known = np.isfinite(values)
    provenance = trace.provenance(recording)
    return (
        [trace.Trace(recording, numbers(rows, "t")[known], values[known], provenance, gaps_marked=True)]
        if any(known)
        else []
    )


def why_unknown(recording: Recording, column: str) -> str:
    """The reason why a column of the job's control group has no values, as the recorder wrote it."""
    folder = recording.folder
    rows = folder.read("event", ("column_name", "detail")).to_pylist() if folder.has("event") else []
    details = [str(row["detail"]) for row in rows if row["column_name"] == column]
    return details[-1] if details else _NOT_RECORDED


def written_bytes(runs: Runs, recording: Recording) -> float:
    """Bytes that the job wrote in this recording; NaN if not known."""
    total = (recording.facts.get("totals") or {}).get("written_bytes")
    if isinstance(total, int):
        return float(total)
    written = arrays.finite(numbers(trace.sorted_rows(runs, recording, "job", ("written_bytes",)), "written_bytes"))
    return float(written[-1] - written[0]) if len(written) else float("nan")


def write_amplification(runs: Runs, recording: Recording, options: Options) -> float:
    """Bytes written for each byte by which the watched folders grew; NaN if they did not grow."""
    traces = select.measured(runs, recording, disk.disk_growth_bytes, replace(options, phase=None))
    growth = [arrays.finite(trace.values) for trace in traces]
    last = float(growth[0][-1]) if growth else 0.0
    return rates.write_amplification(written_bytes(runs, recording), last)


class Disk(NamedTuple):
    """The file system of a watched folder: bytes free at the last sample, and seconds until it is full.

    `seconds_to_full` is infinite if free space does not shrink, and NaN if too little was recorded to tell.
    """

    path: str
    free_bytes: float
    seconds_to_full: float

    def urgency(self) -> tuple[float, float]:
        """The sort key of disks: the one that is full first, then the one with the least free space."""
        return (float("inf") if np.isnan(self.seconds_to_full) else self.seconds_to_full), self.free_bytes


def fullest_disk(runs: Runs, recording: Recording) -> Disk | None:
    """The disk that is full first by the rate of the last ten minutes, else with the least free space; None without."""
    rows = trace.sorted_rows(runs, recording, "folder", ("free_bytes",))
    codes, paths = trace.entities(runs, recording, "folder", "path")
    t, free = numbers(rows, "t"), numbers(rows, "free_bytes")
    disks = []
    for one in trace.unique_codes(codes):
        of_folder = (codes == one) & np.isfinite(free)
        if of_folder.any():
            known = (t, free) if of_folder.all() else (t[of_folder], free[of_folder])
            disks.append(_disk(str(paths[one]), *known))
    return min(disks, key=Disk.urgency, default=None)


def _disk(path: str, t: Array, free: Array) -> Disk:
    """One disk, from its known samples; the rate is that of the last `rates.WINDOW_SECONDS`."""
    if t[-1] - t[0] < _SHORTEST_SECONDS:
        return Disk(path, float(free[-1]), float("nan"))
    late = t >= t[-1] - rates.WINDOW_SECONDS
    return Disk(path, float(free[-1]), float(rates.seconds_to_full(t[late], free[late])[-1]))


def top_files(*chosen: Recording) -> dict[str, list[dict[str, Any]]]:
    """The `largest` and the `newest` files at the end of the runs that were last written during these recordings."""
    found: dict[str, list[dict[str, Any]]] = {"largest": [], "newest": []}
    for recording in chosen:
        for folder in _listed(recording.facts.get("folders_top")):
            for name, files in found.items():
                files += [dict(file) for file in _listed(folder.get(name)) if _is_from(recording, file)]
    found["largest"].sort(key=lambda file: -file["size_bytes"])
    found["newest"].sort(key=lambda file: str(file["modified"]), reverse=True)
    return found


def _listed(value: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _is_from(recording: Recording, file: Mapping[str, Any]) -> bool:
    try:
        t = clock.parse_utc(str(file["modified"])) - clock.parse_utc(str(recording.facts["begin_time"]))
    except (KeyError, ValueError):
        return False
    return recording.begin <= t <= recording.end and isinstance(file.get("size_bytes"), int)


class JobLimits(NamedTuple):
    """The resources that the job may use at its last sample, and those of the machine; None if not known."""

    cpus: float | None
    cpus_quota: float | None
    cpus_of_machine: float | None
    memory_limit_bytes: float | None
    memory_of_machine_bytes: float | None

    @property
    def is_less(self) -> bool:
        """Whether the job may use less than the machine has, as far as known."""
        all_cpus = self.cpus_quota is None and (self.cpus_of_machine or 0.0) <= (self.cpus or 0.0)
        return self.memory_limit_bytes is not None or (not all_cpus and self.cpus_of_machine is not None)


def job_limits(runs: Runs, recording: Recording) -> JobLimits:
    """The limits of a recording's job, and the CPUs and the memory of its machine."""

    def last(table: str, column: str) -> float | None:
        if recording.folder.is_all_null(table, column):
            return None
        only = recording.folder.constant_value(table, column, if_known=True) if runs.is_alone(recording) else None
        if only is not None:
            return float(only)
        known = arrays.finite(numbers(trace.sorted_rows(runs, recording, table, (column,)), column))
        return float(known[-1]) if len(known) else None

    return JobLimits(
        last("job", "cpus_allowed"),
        last("job", "cpus_quota"),
        last("host", "cpus"),
        last("job", "memory_limit_bytes"),
        last("host", "memory_total_bytes"),
    )
