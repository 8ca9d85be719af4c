"""One run on one screen."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon.store.printable import printable
from perfmon.store.run_json import MEASURED
from perfmon_analyze.browse.run_summary import BYTES, DISK_GROWTH, PERCENT
from perfmon_analyze.derive import gaps
from perfmon_analyze.findings import PROBLEM
from perfmon_analyze.text import sparkline
from perfmon_analyze.text.hardware import describe_hardware
from perfmon_analyze.text.humanize import format_bytes, format_duration, format_number, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perfmon_analyze.browse.fields import RunFields
    from perfmon_analyze.browse.run_summary import Overview, Stage, Summary
    from perfmon_analyze.findings import Examination, Finding

_LABEL = 11  # characters of the label at the left
_FIGURE = 9
_WIDEST = 100  # of text: longer lines are hard to read
_SERIES = 6  # series of metrics and batches that are listed


class Line(NamedTuple):
    """A line of text; `mark` is its style: `title`, `dim`, `warning`, or empty for plain text."""

    text: str
    mark: str = ""


def lines(row: RunFields, overview: Overview, width: int) -> Iterator[Line]:
    """Return the screen's lines, of at most `width` characters."""
    text = min(width, _WIDEST)
    yield from _head(row, text)
    for stage in overview.stages:
        yield Line("")
        if len(overview.stages) > 1:
            yield Line(_stage_title(stage), "title")
        yield from _figures(stage, width)
        yield from _folded("logged", _logged(stage), text)
        yield from _folded("batches", _batches(stage), text)
        for label, line_text in stage.account.lines():
            yield from _folded(label, line_text, text, most=2)
    yield from _folded("in all", _totals(row), text)
    yield from _folded("recorder", _recorder(row.entry.facts), text)
    yield Line("")
    yield from _found(overview.examination, text)


def _head(row: RunFields, width: int) -> Iterator[Line]:
    known = row.entry.facts
    provenance = "" if row["origin"] == MEASURED else f"   {str(row['origin']).upper()} DATA"
    yield Line(printable(row["run"]) + provenance, "title")
    yield from _folded("about", _labels(row), width)
    yield from _folded("command", printable(row["command"] or ""), width, most=2)
    yield from _folded("hardware", _machine(row["host"], known.get("hardware")), width)
    yield from _folded("began", _began(row), width)
    state = row["state"]
    yield from _folded("ended", ended(row), width, mark="" if state in ("finished", "running") else "warning")


def _labels(row: RunFields) -> str:
    names = ("name", "stage", "model", "variant", "series", "dataset", "rank")
    known = [f"{name} {row[name]}" for name in names if row[name] is not None]
    tags = [f"{name}={value}" for name, value in row.as_json()["tags"].items()]
    return printable(", ".join([*known, *tags]))


def _began(row: RunFields) -> str:
    begin = f"{printable(row['begin_time'] or 'at a time not known')[:19].replace('T', ' ')} UTC"
    every = f", a sample every {format_duration(row['interval_seconds'])}" if row["interval_seconds"] else ""
    return (
        f"{begin}, {format_duration(row['age_seconds'])} ago{every}"
        if row["age_seconds"] is not None
        else begin + every
    )


def ended(row: RunFields) -> str:
    """Describe how the run ended, after how long, and the evidence for its cause."""
    seconds = row["duration_seconds"]
    duration = "" if seconds is None else f" after {format_duration(seconds)}"
    if row["state"] == "running":
        elsewhere = f", as far as {row['host']} has told" if row["recorder"] == "elsewhere" else ""
        return f"not yet: it runs{elsewhere}{duration.replace(' after', ', for')} now"
    if row["recorder"] == "dead":
        return "lost: its recorder died; `perfmon seal` ends it for good"
    ending = row.entry.facts.get("ending")
    evidence = ending.get("evidence") if isinstance(ending, dict) else None
    reason, cause = row["exit_reason"], row["cause"]
    parts = [f"{row['state']}{duration}" + (f": {reason}" if reason else "")]
    parts += [str(cause).replace("_", " ")] if cause not in (None, "finished", "failed", "signal") else []
    return printable("; ".join([*parts, *map(str, evidence if isinstance(evidence, list) else [])]))


def _totals(row: RunFields) -> str:
    """Describe the totals of the whole job, and its peak memory as the kernel counted it."""
    peak = row.entry.facts.get("peak")
    low, high = (
        (peak.get(f"tree_at_{end}_bytes") for end in ("least", "most")) if isinstance(peak, dict) else (None, None)
    )
    parts = []
    if isinstance(low, int) and isinstance(high, int):
        parts.append(
            f"peak RAM {format_bytes(low)} exactly"
            if low == high
            else f"peak RAM {format_bytes(low)} to {format_bytes(high)}"
        )
    totals = (
        ("CPU", "cpu_seconds", format_duration),
        ("read", "read_bytes", format_bytes),
        ("wrote", "written_bytes", format_bytes),
    )
    parts += [f"{what} {format_(row[name])}" for what, name, format_ in totals if row[name] is not None]
    return ", ".join(parts)


def _recorder(known: Mapping[str, Any]) -> str:
    """Describe how many ticks were recorded and missed, and the recorder's CPU time."""
    sampler = known.get("sampler")
    if not isinstance(sampler, dict) or not isinstance(sampler.get("ticks"), int):
        return ""
    missed, seconds = sampler.get("ticks_missed"), sampler.get("cpu_seconds")
    cost = f", {format_duration(seconds)} of CPU" if isinstance(seconds, int | float) else ""
    return f"{plural(sampler['ticks'], 'tick')}, {missed or 'none'} missed{cost}"


def _machine(host: str | None, hardware: object) -> str:
    return ", ".join(part for part in (printable(host or ""), describe_hardware(hardware)) if part)


def _stage_title(stage: Stage) -> str:
    recording = stage.recording
    labels = [recording.stage, recording.model, recording.variant]
    return (
        printable(", ".join(label for label in labels if label))
        + f": {format_duration(stage.seconds)} from t = {recording.begin:g} s"
    )


def _figures(stage: Stage, width: int) -> Iterator[Line]:
    heads = "".join(head.rjust(_FIGURE) for head in ("mean", "P95", "peak"))
    yield Line(f"{'':<{_LABEL}}{heads}   over {format_duration(stage.seconds)}", "dim")
    bars = width - _LABEL - 3 * _FIGURE - 3
    for one in stage.measures:
        yield Line(f"{one.name:<{_LABEL}}{_row(one)}   {_bars(one, stage.seconds, bars)}".rstrip())
    notes = dict.fromkeys(one.trace.note for one in stage.measures if one.trace and one.trace.note)
    yield from _folded("", "; ".join(notes), width, mark="dim")


def _row(one: Summary) -> str:
    level = (one.mean, one.p95) if one.key != DISK_GROWTH else (None, None)  # of what only grows they say nothing
    return "".join(("-" if value is None else figure(value, one.unit)).rjust(_FIGURE) for value in (*level, one.peak))


def figure(value: float, unit: str) -> str:
    """Format a figure with its unit."""
    if unit == PERCENT:
        return f"{value:.0f} %"
    return format_bytes(value) if unit == BYTES else format_duration(value)


def _bars(one: Summary, seconds: float, width: int) -> str:
    if one.trace is None:
        return "not recorded"
    t, values = one.trace.t, one.trace.values
    if not one.trace.gaps_marked:
        t, values = gaps.with_gaps(t, values, one.trace.recording.interval)
    top = 100.0 if one.unit == PERCENT else None
    return sparkline.over_time(t, values, span=(0.0, seconds), width=width, top=top)


def _logged(stage: Stage) -> str:
    """Describe the last values of each series."""
    by_series: dict[str | None, list[str]] = {}
    for one in stage.logged:
        by_series.setdefault(one.series, []).append(f"{one.name} {format_number(one.value)}")
    last = max(((one.x, one.x_name) for one in stage.logged), default=None)
    at = f" ({last[1]} {last[0]:g})" if last else ""
    return _listed([f"{series or ''} {', '.join(values)}".strip() for series, values in by_series.items()]) + at


def _batches(stage: Stage) -> str:
    return _listed(
        [
            (
                f"{one.name} {one.samples:,}, mean {format_duration(one.mean or 0)}, "
                f"P95 {format_duration(one.p95 or 0)}"
            ).strip()
            for one in stage.batches
        ]
    )


def _listed(texts: Sequence[str]) -> str:
    more = f"; {len(texts) - _SERIES} more series" if len(texts) > _SERIES else ""
    return printable("; ".join(texts[:_SERIES])) + more


def _found(found: Examination, width: int) -> Iterator[Line]:
    unjudged = f"; {plural(len(found.unjudged), 'rule')} had too little to judge by" if found.unjudged else ""
    if not found.findings:
        yield Line(f"Nothing was found that is worth acting on{unjudged}.", "dim")
        return
    for finding in found.findings:
        yield from _finding(finding, width)


def _finding(finding: Finding, width: int) -> Iterator[Line]:
    bullet, mark = ("!! ", "warning") if finding.severity == PROBLEM else ("-  ", "")
    text = printable(f"{finding.sentence} {finding.advice}")
    for place, line in enumerate(textwrap.wrap(text, width - 3)):
        yield Line((bullet if not place else "   ") + line, mark)


def _folded(label: str, text: str, width: int, *, most: int = 4, mark: str = "") -> Iterator[Line]:
    """Wrap a text after its label, in at most `most` lines; yield nothing for an empty text."""
    folded = textwrap.wrap(text, width - _LABEL, max_lines=most, placeholder=" …", break_on_hyphens=False)
    for place, line in enumerate(folded):
        yield Line(f"{label if not place else '':<{_LABEL}}{line}", mark)
