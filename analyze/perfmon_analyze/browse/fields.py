"""The fields of a run in a list of runs, from its run.json: plain values in base units, None if not known."""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from perfmon.store import clock, run_json
from perfmon_analyze.browse import catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfmon_analyze.browse.catalog import RunEntry

FREE = ("tags.", "config.")  # what users put into run.json: fields of any name and type


class RunFields(Mapping[str, Any]):
    """The fields of one run by name; each is computed on access.

    `index` is the position among all runs, counted back from the newest, which is -1. `now` is in seconds since 1970.
    A value of an unexpected type in run.json counts as not known.
    """

    def __init__(self, entry: RunEntry, index: int, now: float | None = None) -> None:
        self.entry = entry
        self.index = index
        self.now = time.time() if now is None else now

    @cached_property
    def effective_labels(self) -> Mapping[str, Any]:
        """The facts of the run with its effective labels."""
        return catalog.effective_labels(self.entry)

    def __getitem__(self, name: str) -> Any:
        if name not in _FIELDS:
            part, _, key = name.partition(".")
            return _part(self.entry, part).get(key)
        kind, how = _FIELDS[name]
        value = how(self)
        if kind is str:
            return value if isinstance(value, str) else None
        # not isinstance: true is an int, too
        return value if type(value) is int or (type(value) is float and math.isfinite(value)) else None

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)

    def as_json(self) -> dict[str, Any]:
        """Return all fields as values of JSON; tags and configuration are objects."""
        return {**self, **{part[:-1]: plain(_part(self.entry, part[:-1])) for part in FREE}}


def _fact(name: str) -> Callable[[RunFields], Any]:
    return lambda row: row.entry.facts.get(name)


def _label(name: str) -> Callable[[RunFields], Any]:
    return lambda row: row.effective_labels.get(name)


def _inner(part: str, name: str) -> Callable[[RunFields], Any]:
    return lambda row: _part(row.entry, part).get(name)


def _peak_memory(row: RunFields) -> Any:
    """Peak memory of the process tree in bytes: the lower bound from the kernel, else the peak of the samples."""
    peak = _part(row.entry, "peak")
    return peak.get("tree_at_least_bytes") or peak.get("pss_bytes") or peak.get("rss_bytes")


def _cpu_seconds(row: RunFields) -> float | None:
    totals = _part(row.entry, "totals")
    user, system = totals.get("cpu_user_seconds"), totals.get("cpu_system_seconds")
    return round(user + system, 2) if isinstance(user, int | float) and isinstance(system, int | float) else None


def _age(row: RunFields) -> float | None:
    try:
        return round(row.now - clock.parse_utc(row.entry.begin), 1)
    except ValueError:
        return None


def _duration(row: RunFields) -> Any:
    """Duration in seconds, up to now for a running run; None for a lost run that is not sealed."""
    if row.entry.facts.get("state") != run_json.RUNNING:
        return row.entry.facts.get("duration_seconds")
    return _age(row) if catalog.state(row.entry) == run_json.RUNNING else None


def _command(row: RunFields) -> str | None:
    words = row.entry.facts.get("command")
    return shlex.join(map(str, words)) if isinstance(words, list) and words else None


# In the order of the JSON: what each holds, text or a number in the unit of its name, and where it is from.
_ALL: tuple[tuple[str, type, Callable[[RunFields], Any]], ...] = (
    ("index", float, lambda row: row.index),
    ("run", str, lambda row: row.entry.run),
    ("name", str, _fact("name")),
    *((name, str, _label(name)) for name in ("stage", "model", "variant", "series", "dataset")),
    ("host", str, _fact("host")),
    ("rank", float, _fact("rank")),
    ("origin", str, lambda row: row.entry.facts.get("origin", run_json.MEASURED)),
    ("state", str, lambda row: catalog.state(row.entry)),
    ("recorder", str, lambda row: catalog.recorder(row.entry)),
    ("cause", str, _inner("ending", "cause")),
    ("exit_status", float, _fact("exit_status")),
    ("exit_reason", str, _fact("exit_reason")),
    ("begin_time", str, lambda row: row.entry.begin or None),
    ("end_time", str, _fact("end_time")),
    ("age_seconds", float, _age),
    ("duration_seconds", float, _duration),
    ("interval_seconds", float, _fact("interval_seconds")),
    ("peak_memory_bytes", float, _peak_memory),
    ("peak_rss_bytes", float, _inner("peak", "rss_bytes")),
    ("peak_pss_bytes", float, _inner("peak", "pss_bytes")),
    ("peak_vram_bytes", float, _inner("peak", "vram_bytes")),
    ("gpu_busy_ratio", float, _inner("totals", "gpu_busy_ratio")),
    ("cpu_seconds", float, _cpu_seconds),
    ("read_bytes", float, _inner("totals", "read_bytes")),
    ("written_bytes", float, _inner("totals", "written_bytes")),
    ("command", str, _command),
    ("git_commit", str, _fact("git_commit")),
    ("parent", str, _fact("parent")),
    ("folder", str, lambda row: row.entry.folder),
)
KINDS = {name: kind for name, kind, _ in _ALL}
_FIELDS = {name: (kind, how) for name, kind, how in _ALL}


def _part(one: RunEntry, name: str) -> Mapping[str, Any]:
    part = one.facts.get(name)
    return part if isinstance(part, dict) else {}


def plain(value: Any) -> Any:
    """A value without numbers that JSON does not have."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
