"""Texts about a figure's data: title, scope, provenance, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from perfmon.store.run_json import REPLAYED, SYNTHETIC
from perfmon_analyze.series.select import STAGES
from perfmon_analyze.series.trace import STAND_IN, Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.series.options import Options


_SCOPES = {"job": "scope job (the process tree of the stage)", "host": "scope host (the whole machine)"}


_RAM = {
    "pss_bytes": "RAM is PSS (shared pages are divided among the processes), the last reading while RSS stays the same",
    "rss_bytes": "RAM is RSS (shared pages count once per process)",
    "memory_used_bytes": "RAM is all memory in use",
}


class NoteSink(Protocol):
    """Receives the notes and warnings of a figure: a matplotlib canvas, or the notes of a report's chart."""

    def note(self, text: str | None) -> None:
        """Add a note, once; None adds nothing."""

    def mark(self, text: str) -> None:
        """Add a warning, once."""


def title(what: str, stage: str) -> str:
    """The title of a figure: what it shows, and the stage unless `what` begins with it."""
    return what if what.lower().startswith(stage) else f"{what}: {STAGES.get(stage, stage)}"


def stand_in_suffix(traces: Sequence[Trace]) -> str:
    """The suffix of a panel's title if a trace in it is a stand-in; else empty."""
    return f" ({STAND_IN})" if any(trace.provenance == STAND_IN for trace in traces) else ""


def missing_text(what: str) -> str:
    """The text of a panel without data."""
    return f"No {what} samples:\nno GPU was recorded" if what in ("GPU", "VRAM") else f"No {what} samples"


def add_notes(sink: NoteSink, traces: Sequence[Trace], options: Options) -> None:
    """Add notes of scope, measure of RAM and provenance."""
    sink.note(_SCOPES[options.scope])
    for column in sorted({trace.ram_column for trace in traces if trace.ram_column}):
        sink.note(_RAM[column])
    add_provenance(sink, traces, options)


def add_provenance(sink: NoteSink, traces: Sequence[Trace], options: Options) -> None:
    """Add notes of phase, data sets and origins of these traces, and warnings of data that were not measured."""
    if any(trace.provenance == STAND_IN for trace in traces):
        sink.mark("SYNTHETIC GPU DATA where no GPU was recorded")
    add_recording_provenance(sink, [trace.recording for trace in traces], options)


def add_recording_provenance(sink: NoteSink, chosen: Sequence[Recording], options: Options | None = None) -> None:
    """`add_provenance` for whole recordings; `options` are needed only for their phase."""
    sink.note(f"only during phase {options.phase}" if options and options.phase else None)
    sets = sorted({str(r.facts["dataset"]) for r in chosen if r.facts.get("dataset")})
    sink.note(f"data set {', '.join(sets)}" if sets else None)
    sink.note(f"origin: {', '.join(sorted({r.origin for r in chosen}))}")
    for word in (SYNTHETIC, REPLAYED):
        if any(r.origin == word for r in chosen):
            every = all(r.origin == word for r in chosen)
            sink.mark(f"{word.upper()} DATA" if every else f"{word.upper()} DATA where the legend says so")
