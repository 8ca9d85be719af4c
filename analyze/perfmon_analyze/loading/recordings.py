"""What was recorded: each run, and each stage that attached itself to one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perfmon.store.run_json import FINISHED, MEASURED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perfmon_analyze.loading.run_folder import RunFolder

LABELS = ("stage", "model", "variant", "series")
_ATTACHED = ("dataset", "config", "tags")


@dataclass(frozen=True, eq=False)
class Recording:
    """One execution of one stage: a run, or a span of a run in which another stage was attached.

    `begin` and `end` are seconds since the run's start; a run itself begins at 0.
    """

    folder: RunFolder
    facts: Mapping[str, Any]
    begin: float = 0.0
    end: float = float("inf")
    attached: bool = field(default=False)

    @property
    def name(self) -> str:
        """What tells it apart from every other recording."""
        run = str(self.facts.get("run") or "")
        return f"{run}+{self.stage}@{self.begin:g}" if self.attached else run

    @property
    def stage(self) -> str:
        """Its step of the pipeline."""
        return str(self.facts.get("stage") or "unnamed")

    @property
    def model(self) -> str | None:
        """Its model, if one was given."""
        return self.facts.get("model")

    @property
    def variant(self) -> str | None:
        """Its flavour within stage and model, if one was given."""
        return self.facts.get("variant")

    @property
    def origin(self) -> str:
        """`measured`, `synthetic`, `replayed` or `imported`."""
        return str(self.facts.get("origin") or MEASURED)

    @property
    def interval(self) -> float:
        """Seconds between two ticks, as asked for; 0 where it is not known."""
        value = self.facts.get("interval_seconds")
        return float(value) if isinstance(value, int | float) and value > 0 else 0.0

    def other_labels(self) -> dict[str, Any]:
        """The labels that are not those of the run, under which its rows were written."""
        return {name: self.facts.get(name) for name in LABELS if self.facts.get(name) != self.folder.facts.get(name)}


def of(folder: RunFolder) -> list[Recording]:
    """The run itself, then the stages attached to it in the order in which they began.

    A stage that attached itself under the run's own labels is the run; and so is the only one that attached itself to
    a run which nobody gave a stage: what came before it was the interpreter's start.
    """
    stages = attached_stages(_phases(folder))
    if len(stages) == 1 and not folder.facts.get("stage_given", True):
        return [Recording(folder, _labelled(folder.facts, stages[0]))]
    same = [row for row in stages if not _differs(row, folder.facts)]
    own = Recording(folder, _described(folder.facts, same[0]) if same else folder.facts)
    return [own, *(_attached(own, row) for row in stages if _differs(row, folder.facts))]


def attached_stages(phases: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The phases that are attached stages, in the order in which they began.

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
    """Whether it is another stage, model or variant; series, such as layers, take turns within one recording."""
    return any(row.get(name) not in (None, facts.get(name)) for name in ("stage", "model", "variant"))


def _phases(folder: RunFolder) -> list[Mapping[str, Any]]:
    columns = ("run", "host", *LABELS, "kind", "name", "pid", "begin_t", "end_t", *_ATTACHED)
    return list(folder.read("phase", columns).to_pylist()) if folder.has("phase") else []


def _attached(own: Recording, row: Mapping[str, Any]) -> Recording:
    begin = float(row["begin_t"])
    end = float("inf") if row.get("end_t") is None else float(row["end_t"])
    facts = _labelled(own.facts, row)
    facts["duration_seconds"] = end - begin if end < float("inf") else None
    facts["state"] = FINISHED if end < float("inf") else own.facts.get("state")
    facts["peak"], facts["totals"] = {}, {}  # the run's, not the span's
    return Recording(own.folder, facts, begin, end, attached=True)


def _labelled(facts: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The facts under an attached stage's labels."""
    return _described(facts, row) | {name: row[name] for name in LABELS if row.get(name) is not None}


def _described(facts: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with what an attached stage says of its data set, configuration and tags."""
    return {**facts, **{name: _decoded(row[name]) for name in _ATTACHED if row.get(name) is not None}}


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
