"""A run as it is now, for programs: in base units, under the names of the run folder's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfmon_analyze.browse.fields import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfmon_analyze.live.series import LiveSeries
    from perfmon_analyze.live.session import WatchSession
    from perfmon_analyze.live.state import State


def snapshot(watching: WatchSession) -> dict[str, Any]:
    """What is known of the run at its last tick, as JSON has it; what is not known is null."""
    row, state = watching.row, watching.state
    about = {name: row[name] for name in ("run", "folder", "state", "recorder", "origin", "stage", "model", "variant")}
    told: dict[str, Any] = plain(about | {"t": state.t, "quiet_seconds": watching.quiet_seconds} | _measures(state))
    return told


def _measures(state: State) -> dict[str, Any]:
    cpu = state.cpu_percent()
    used = {"cpu_percent": float(cpu[-1]) if len(cpu) else None}
    return {
        "job": used | _now(state.job) | {"pss_bytes": state.job.latest("pss_bytes")},
        "gpus": [
            {"index": gpu.place, "uuid": uuid, "name": gpu.name} | _now(gpu.series) for uuid, gpu in state.gpus.items()
        ],
        "folders": [{"path": path} | _now(series) for path, series in state.folders.items()],
        "logged": [
            {"series": one.series or None, "name": one.name, "at": one.at[0]} | _now(one.values)
            for one in state.metrics.values()
        ],
        "batches": [{"series": name or None} | _now(series) for name, series in state.batches.items()],
        "phases": _spans(state.spans.values()),
        "events": _spans(state.events.values()),
    }


def _now(series: LiveSeries) -> dict[str, float]:
    return {name: series.last(name) for name in series.columns}


def _spans(spans: Iterable[Any]) -> list[dict[str, Any]]:
    return [one._asdict() for one in spans]
