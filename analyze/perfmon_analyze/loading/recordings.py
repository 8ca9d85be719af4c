"""Recordings: each run, and each stage attached to a run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perfmon.store.run_json import FINISHED, MEASURED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perfmon_analyze.loading.run_folder import RunReader

LABELS = ("stage", "model", "variant", "series")
_ATTACHED = ("dataset", "config", "tags")


@dataclass(frozen=True, eq=False)
class Recording:
    """One execution of one stage: a run, or a span of a run in which another stage was attached.

    `begin` and `end` are seconds since the run's start; a run itself begins at 0.
    """

    folder: RunReader
    facts: Mapping[str, Any]
    begin: float = 0.0
    end: float = float("inf")
    attached: bool = field(default=False)

    @property
    def name(self) -> str:
        """A name that is unique among recordings."""
        run = str(self.facts.get("run") or "")
        return f"{run}+{self.stage}@{self.begin:g}" if self.attached else run

    @property
    def stage(self) -> str:
        """The stage of the pipeline."""
        return str(self.facts.get("stage") or "unnamed")

    @property
    def model(self) -> str | None:
        """The model, or None if not given."""
        return self.facts.get("model")

    @property
    def variant(self) -> str | None:
        """The variant of stage and model, or None if not given."""
        return self.facts.get("variant")

    @property
    def origin(self) -> str:
        """`measured`, `synthetic`, `replayed` or `imported`."""
        return str(self.facts.get("origin") or MEASURED)

    @property
    def interval(self) -> float:
        """The requested seconds between two ticks; 0 if not known."""
        value = self.facts.get("interval_seconds")
        return float(value) if isinstance(value, int | float) and value > 0 else 0.0

    def other_labels(self) -> dict[str, Any]:
        """Return the labels that differ from the run's, under which the rows were written."""
        return {name: self.facts.get(name) for name in LABELS if self.facts.get(name) != self.folder.facts.get(name)}


def of(folder: RunReader) -> list[Recording]:
    """Return the run itself, then the stages attached to it, sorted by begin.

    A stage attached with the run's own labels counts as the run, as does the only stage attached to a run without a
    stage label, where only the interpreter's start came before.
    """
    stages = attached_stages(_phases(folder))
    if len(stages) == 1 and not folder.facts.get("stage_given", True):
        return [Recording(folder, _labelled(folder.facts, stages[0]))]
    same = [row for row in stages if not _differs(row, folder.facts)]
    run = Recording(folder, _described(folder.facts, same[0]) if same else folder.facts)
    return [run, *(_attached(run, row) for row in stages if _differs(row, folder.facts))]


def attached_stages(phases: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the phases that are attached stages, sorted by begin.

    A phase is written at its beginning and again at its end; the row that knows the end counts.
    """
    last: dict[tuple[object, ...], Mapping[str, Any]] = {}
    for row in phases:
        key = tuple(row.get(name) for name in ("run", "host", "pid", "name", "begin_t"))
        is_stage = row.get("kind") == "stage" and row.get("begin_t") is not None  # else it is damaged, or nobody's
        if is_stage and (key not in last or row.get("end_t") is not None):
            last[key] = row
    return sorted(last.values(), key=lambda row: float(row["begin_t"]))


def _differs(row: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether the row has another stage, model or variant; several series, such as layers, share one recording."""
    return any(row.get(name) not in (None, facts.get(name)) for name in ("stage", "model", "variant"))


def _phases(folder: RunReader) -> list[Mapping[str, Any]]:
    columns = ("run", "host", *LABELS, "kind", "name", "pid", "begin_t", "end_t", *_ATTACHED)
    return list(folder.read("phase", columns).to_pylist()) if folder.has("phase") else []


def _attached(run: Recording, row: Mapping[str, Any]) -> Recording:
    begin = float(row["begin_t"])
    end = float("inf") if row.get("end_t") is None else float(row["end_t"])
    facts = _labelled(run.facts, row)
    facts["duration_seconds"] = end - begin if end < float("inf") else None
    facts["state"] = FINISHED if end < float("inf") else run.facts.get("state")
    facts["peak"], facts["totals"] = {}, {}  # the run's, not the span's
    return Recording(run.folder, facts, begin, end, attached=True)


def _labelled(facts: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with an attached stage's labels."""
    return _described(facts, row) | {name: row[name] for name in LABELS if row.get(name) is not None}


def _described(facts: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with an attached stage's data set, configuration and tags."""
    return {**facts, **{name: _decoded(row[name]) for name in _ATTACHED if row.get(name) is not None}}


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
