"""The current state of a run as JSON, in base units, with the names of the run folder's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfmon_analyze.browse.fields import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfmon_analyze.live.series import LiveSeries
    from perfmon_analyze.live.session import WatchSession
    from perfmon_analyze.live.state import LiveState


def snapshot(watching: WatchSession) -> dict[str, Any]:
    """Return the values of the run's last tick as values of JSON; unknown ones are None."""
    row, state = watching.row, watching.state
    labels = {name: row[name] for name in ("run", "folder", "state", "recorder", "origin", "stage", "model", "variant")}
    values: dict[str, Any] = plain(labels | {"t": state.t, "quiet_seconds": watching.quiet_seconds} | _measures(state))
    return values


def _measures(state: LiveState) -> dict[str, Any]:
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
