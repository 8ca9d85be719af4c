"""The facts of a run that run.json holds, in the order in which a person reads them."""

from __future__ import annotations

from perfmon import __version__
from perfmon.store import labels, layout, redact
from perfmon.store.redact import Redactor

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.store.labels import Labels

MEASURED, SYNTHETIC, REPLAYED, IMPORTED = "measured", "synthetic", "replayed", "imported"
REPLAY = "PERFMON_NVML_REPLAY"  # names a trace with the columns of table gpu, played back in place of a GPU
RUNNING, FINISHED, FAILED, KILLED, LOST = "running", "finished", "failed", "killed", "lost"


def beginning(
    run: str,
    about: Labels,
    environment: Mapping[str, str],
    *,
    command: Sequence[str],
    cwd: str,
    interval: float,
    folders: Sequence[str],
    begin: Mapping[str, object],
    origin: str = MEASURED,
) -> dict[str, object]:
    """The facts at a run's start, without secrets; those that only its end knows are null.

    `begin` holds `begin_time` (ISO 8601, UTC), `begin_monotonic` (seconds) and `boot_id`, which give every
    process of the run the same zero of `t`.
    """
    redactor = Redactor(environment.get(redact.VARIABLE, ""))
    return {
        "format": layout.FORMAT,
        "run": run,
        "name": about.name,
        "stage": about.stage,
        "model": about.model,
        "variant": about.variant,
        "series": about.series,
        "dataset": about.dataset,
        "tags": redactor.mapping(dict(about.tags)),
        "config": redactor.mapping(dict(about.config)),
        "command": redactor.words(command),
        "cwd": cwd,
        "environment": redactor.environment(environment),
        "git_commit": None,
        "host": labels.host(),
        "rank": labels.rank(environment),
        "parent": None,
        "origin": origin,
        "perfmon_version": __version__,
        "interval_seconds": interval,
        **begin,
        "end_time": None,
        "duration_seconds": None,
        "state": RUNNING,
        "exit_status": None,
        "exit_reason": None,
        "ending": {},
        "hardware": {},
        "folders": list(folders),
        "folders_before": {},
        "folders_top": [],
        "peak": {},
        "totals": {},
        "sampler": {},
    }
