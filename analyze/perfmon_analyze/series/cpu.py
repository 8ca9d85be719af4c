"""CPU utilization over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.derive import rates
from perfmon_analyze.loading.arrow import numbers
from perfmon_analyze.series.trace import Trace, known_traces, sorted_rows

if TYPE_CHECKING:
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options


def cpu_percent(runs: Runs, recording: Recording, options: Options) -> list[Trace]:
    """CPU utilization in percent: of the CPUs the job may use, or of the whole host."""
    return _cpu_of_job(runs, recording) if options.scope == "job" else _cpu_of_host(runs, recording)


def _cpu_of_job(runs: Runs, recording: Recording) -> list[Trace]:
    constants = {name: recording.folder.constant_number("job", name) for name in ("cpus_allowed", "cpus_quota")}
    names = ("cpu_user_seconds", "cpu_system_seconds", *(name for name, value in constants.items() if value is None))
    rows = sorted_rows(runs, recording, "job", names)
    t, user, system = (numbers(rows, name) for name in rows.column_names[:3])
    cpus = (numbers(rows, name) if value is None else value for name, value in constants.items())
    return known_traces(recording, t, rates.job_cpu_percent(t, user, system, rates.usable_cpus(*cpus)))


def _cpu_of_host(runs: Runs, recording: Recording) -> list[Trace]:
    fields = tuple(f"cpu_{field}_seconds" for field in ("user", "system", "idle", "iowait", "steal"))
    rows = sorted_rows(runs, recording, "host", fields)
    t, *counters = (numbers(rows, name) for name in rows.column_names)
    return known_traces(recording, t, rates.host_cpu_percent(*counters))
