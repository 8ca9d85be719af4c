"""What a figure says of its data: titles, provenance, what is missing."""

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


class Teller(Protocol):
    """What a figure is told to say: notes, and marks that nobody can overlook."""

    def note(self, text: str | None) -> None:
        """Have this said, once; nothing if there is nothing."""

    def mark(self, text: str) -> None:
        """Have this said where nobody can overlook it, once."""


def title(what: str, stage: str) -> str:
    """The figure's title: what it shows, and of which stage if that does not go without saying."""
    return what if what.lower().startswith(stage) else f"{what}: {STAGES.get(stage, stage)}"


def made(traces: Sequence[Trace]) -> str:
    """What a panel's title adds if stand-ins are drawn in it."""
    return f" ({STAND_IN})" if any(trace.provenance == STAND_IN for trace in traces) else ""


def missing(what: str) -> str:
    """What a panel without data says."""
    return f"No {what} samples:\nno GPU was recorded" if what in ("GPU", "VRAM") else f"No {what} samples"


def tell(page: Teller, traces: Sequence[Trace], options: Options) -> None:
    """Have the figure say its scope, its measure of RAM, and where its data come from."""
    page.note(_SCOPES[options.scope])
    for column in sorted({trace.ram_column for trace in traces if trace.ram_column}):
        page.note(_RAM[column])
    origin(page, traces, options)


def origin(page: Teller, traces: Sequence[Trace], options: Options) -> None:
    """Have the figure say its phase, data sets and origins; made-up data get a mark."""
    if any(trace.provenance == STAND_IN for trace in traces):
        page.mark("SYNTHETIC GPU DATA where no GPU was recorded")
    say_origin(page, [trace.recording for trace in traces], options)


def say_origin(page: Teller, chosen: Sequence[Recording], options: Options | None = None) -> None:
    """The same where whole recordings are shown."""
    page.note(f"only during phase {options.phase}" if options and options.phase else None)
    sets = sorted({str(r.facts["dataset"]) for r in chosen if r.facts.get("dataset")})
    page.note(f"data set {', '.join(sets)}" if sets else None)
    page.note(f"origin: {', '.join(sorted({r.origin for r in chosen}))}")
    for word in (SYNTHETIC, REPLAYED):
        if any(r.origin == word for r in chosen):
            every = all(r.origin == word for r in chosen)
            page.mark(f"{word.upper()} DATA" if every else f"{word.upper()} DATA where the legend says so")
