"""The runs below some folders, by their run.json alone: a thousand of them in about a tenth of a second."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, NamedTuple

from perfmon.store import layout, run_json, run_search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class NoSuchRun(ValueError):
    """No run, or more than one, is what was meant; the text says what there is."""


class Found(NamedTuple):
    """A run folder and its facts; `problem` says why there are none, or not all."""

    folder: str
    facts: Mapping[str, object]
    problem: str | None = None

    @property
    def run(self) -> str:
        """The folder's name, which is the run's."""
        name = self.folder.rpartition(os.sep)[2]
        return name if name not in ("", ".", "..") else os.path.basename(os.path.abspath(self.folder))

    @property
    def begin(self) -> str:
        """When it began, in ISO 8601, UTC, so that times sort as text; a run without facts has it in its name."""
        begin = self.facts.get("begin_time")
        if isinstance(begin, str):
            return begin
        name = self.run
        return f"{name[:4]}-{name[4:6]}-{name[6:11]}:{name[11:13]}:{name[13:15]}Z" if name[8:9] == "T" else ""


def find(paths: Iterable[str]) -> list[Found]:
    """The runs among these folders and below them, the newest last.

    Raises:
        NoSuchRun: there is no such folder, or no run in them.
        OSError: a folder cannot be listed.
    """
    return search(paths)[0]


def search(paths: Iterable[str]) -> tuple[list[Found], list[str]]:
    """The same, and sentences about what looks like a run but is none, or cannot be looked into.

    Raises:
        NoSuchRun: there is no such folder, or no run in them.
        OSError: a folder cannot be listed.
    """
    paths = list(dict.fromkeys(map(os.path.normpath, paths)))
    if missing := [path for path in paths if not os.path.isdir(path)]:
        raise NoSuchRun(f"there is no folder {missing[0]!r}; give a run folder, or a folder of runs")
    hits = {hit.folder: hit for path in paths for hit in run_search.candidates(path)}
    found = [Found(hit.folder, hit.facts, hit.problem) for hit in hits.values() if hit.is_run]
    problems = [hit.problem for hit in hits.values() if hit.problem and not hit.is_run]
    if not found:
        also = "".join(f"; {problem}" for problem in problems[:1])
        raise NoSuchRun(f"no runs in {', '.join(map(repr, paths))}; `perfmon run` records one{also}")
    return sorted(found, key=lambda one: (one.begin, one.folder)), problems


def read(folder: str) -> Found:
    """A run folder that was found, with its facts as they are now."""
    hit = run_search.examine(folder)
    return Found(folder, hit.facts, hit.problem)


def about(one: Found) -> Mapping[str, object]:
    """The facts under the run's labels; where nobody gave it a stage, those of the only stage attached to it.

    Only for such a run, once it is sealed, more than run.json is read.
    """
    if one.facts.get("stage_given", True) or not layout.is_folder(os.path.join(one.folder, "phase")):
        return one.facts
    from perfmon_analyze.loading import recordings, run_folder  # noqa: PLC0415 - a list of other runs does without pyarrow

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", run_folder.Unreadable)  # whoever shows the run says so
        return recordings.of(run_folder.RunFolder(one.folder))[0].facts


def state(one: Found) -> str:
    """The run's state as far as it can be seen from here; a run whose recorder died is lost, whatever run.json says."""
    told = one.facts.get("state")
    if told != run_json.RUNNING:
        return told if isinstance(told, str) else "unknown"
    return run_json.LOST if recorder(one) == "dead" else run_json.RUNNING


def recorder(one: Found) -> str:
    """Whether somebody records it: `ended`, `alive`, `dead`, or `elsewhere` if that cannot be seen from here."""
    if one.facts.get("state") != run_json.RUNNING:
        return "ended"
    from perfmon.store import liveness  # noqa: PLC0415 - most runs have ended, and listing them is quicker without

    return liveness.recorder_state(one.folder, one.facts)
