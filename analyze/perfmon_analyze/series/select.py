"""Which recordings a figure shows, and what it has to say about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from perfmon.store import layout
from perfmon.store.run_json import REPLAYED, SYNTHETIC
from perfmon_analyze.plots import style
from perfmon_analyze.series import phases, trace
from perfmon_analyze.series.trace import STAND_IN, Measure, Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options

BASELINE = "baseline"
STAGES = {"activation_saving": "activation saving", "training": "training", "inference": "inference"}
_SCOPES = {"job": "scope job (the process tree of the stage)", "host": "scope host (the whole machine)"}
_RAM = {
    "pss_bytes": "RAM is PSS (shared pages are divided among the processes), the last reading while RSS stays the same",
    "rss_bytes": "RAM is RSS (shared pages count once per process)",
    "memory_used_bytes": "RAM is all memory in use",
}


class NothingToDraw(ValueError):
    """The data of a figure are absent; the message says which."""


class Teller(Protocol):
    """What a figure is told to say: notes, and marks that nobody can overlook."""

    def note(self, text: str | None) -> None:
        """Have this said, once; nothing if there is nothing."""

    def mark(self, text: str) -> None:
        """Have this said where nobody can overlook it, once."""


def hardware(runs: Runs, stage: str) -> list[Recording]:
    """The recordings of a stage, given by name or slug, that hardware figures show: all but the baseline.

    Raises:
        NothingToDraw: there are none.
    """
    chosen = [r for r in of_stage(runs, stage) if r.variant != BASELINE]
    if not chosen:
        raise NothingToDraw(f"no run of stage {stage} but the baseline")
    return chosen


def of_stage(runs: Runs, stage: str) -> list[Recording]:
    """The recordings of a stage, given by name or slug.

    Raises:
        NothingToDraw: there are none.
    """
    chosen = [r for r in runs.recordings if layout.slug(r.stage) == layout.slug(stage)]
    if not chosen:
        raise NothingToDraw(f"no run of stage {stage}")
    return chosen


def traces(runs: Runs, chosen: Iterable[Recording], measure: Measure, options: Options) -> list[Trace]:
    """One measure of all these recordings, in the order in which models are drawn."""
    order = list(styles(runs, options))
    found = [trace for recording in chosen for trace in measured(runs, recording, measure, options)]
    return sorted(found, key=lambda trace: (order.index(trace.recording.model), trace.made))


def measured(runs: Runs, recording: Recording, measure: Measure, options: Options) -> list[Trace]:
    """One measure of one recording, measured once however many figures show it."""
    stand_in = options.synthetic and not trace.has_gpu(recording)
    key = (measure, recording, options.scope, stand_in, options.per_gpu)
    whole = runs.remembered(key, lambda: measure(runs, recording, options))
    return whole if options.phase is None else phases.cut(whole, phases.spans(runs, recording, options.phase))


def styles(runs: Runs, options: Options) -> dict[str | None, style.Style]:
    """How the models of all loaded runs are drawn, so that a model looks the same in every figure."""
    return style.styles((r.model for r in runs.recordings), options.models)


def title(what: str, stage: str) -> str:
    """The figure's title: what it shows, and of which stage if that does not go without saying."""
    return what if what.lower().startswith(stage) else f"{what}: {STAGES.get(stage, stage)}"


def made(traces: Sequence[Trace]) -> str:
    """What a panel's title adds if stand-ins are drawn in it."""
    return f" ({STAND_IN})" if any(trace.made == STAND_IN for trace in traces) else ""


def missing(what: str) -> str:
    """What a panel without data says."""
    return f"No {what} samples:\nno GPU was recorded" if what in ("GPU", "VRAM") else f"No {what} samples"


def tell(page: Teller, runs: Runs, traces: Sequence[Trace], options: Options, *, ram: bool = False) -> None:
    """Have the figure say its scope, its measure of RAM, and where its data come from."""
    page.note(_SCOPES[options.scope])
    if ram:
        page.note(_RAM[trace.ram_column(runs, [trace.recording for trace in traces], options.scope)])
    origin(page, traces, options)


def origin(page: Teller, traces: Sequence[Trace], options: Options) -> None:
    """Have the figure say its phase, data sets and origins; made-up data get a mark."""
    if any(trace.made == STAND_IN for trace in traces):
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
