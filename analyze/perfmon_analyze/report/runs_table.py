"""The section of runs: a table, and the facts of each from its run.json."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from perfmon_analyze.browse import catalog
from perfmon_analyze.plots import style
from perfmon_analyze.report.html import Html, table, tag
from perfmon_analyze.report.sections import section
from perfmon_analyze.series import trace
from perfmon_analyze.text import humanize
from perfmon_analyze.text.hardware import describe_system

if TYPE_CHECKING:
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options

_HEAD = (
    "Run",
    "Stage",
    "Model",
    "Variant",
    "Origin",
    "State",
    "Begin (UTC)",
    "Duration",
    "Interval",
    "Host",
    "Hardware",
)
_IN_TABLE = {"run", "stage", "model", "variant", "origin", "format"}


def runs_section(runs: Runs, options: Options) -> Html:
    """A row for each recording, and all its facts on demand."""
    styles = style.model_styles(runs, options)
    rows = [_row(runs, r, styles[r.model].label) for r in runs.recordings]
    every = [_facts(recording) for recording in runs.recordings]
    return section("runs", "Runs", table(_HEAD, rows, caption="Runs", words=tuple(range(len(_HEAD)))), *every)


def _row(runs: Runs, recording: Recording, model: str) -> list[object]:
    known = recording.facts
    seconds = known.get("duration_seconds") or trace.duration(runs, recording)
    interval = humanize.format_duration(recording.interval) if recording.interval else "not known"
    return [
        tag("code", recording.name),
        recording.stage,
        model,
        recording.variant or "-",
        recording.origin,
        catalog.state(catalog.RunEntry(recording.folder.path, known)),
        str(known.get("begin_time") or "not known")[:19].replace("T", " "),
        humanize.format_duration(float(seconds)),
        interval,
        known.get("host") or "not known",
        describe_system(known.get("hardware")) or "not known",
    ]


def _facts(recording: Recording) -> Html:
    rows = [(name, _shown(name, value)) for name, value in recording.facts.items() if name not in _IN_TABLE]
    inner = table(("Fact", "Value"), rows, caption=f"Facts of {recording.name}", words=(0, 1))
    return tag("details", tag("summary", "Facts of ", tag("code", recording.name)), inner)


def _shown(name: str, value: Any) -> object:
    if value is None or value in ({}, []):
        return "not known" if value is None else "none"
    if name == "command" and isinstance(value, list):
        return tag("code", shlex.join(map(str, value)))
    if isinstance(value, Mapping | list):
        return tag("pre", json.dumps(value, indent=1, ensure_ascii=False))
    return value
