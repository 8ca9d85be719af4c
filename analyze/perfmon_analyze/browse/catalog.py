"""The runs below some folders, by their run.json alone: a thousand of them in about a tenth of a second."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, NamedTuple

from perfmon.store import layout, run_json, run_search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class NoSuchRun(ValueError):
    """A name selects no run, or several; the message lists what exists."""


class RunEntry(NamedTuple):
    """A run folder and its facts from run.json; `problem` is the reason why facts are missing, or None."""

    folder: str
    facts: Mapping[str, object]
    problem: str | None = None

    @property
    def run(self) -> str:
        """The name of the folder, which is the name of the run."""
        name = self.folder.rpartition(os.sep)[2]
        return name if name not in ("", ".", "..") else os.path.basename(os.path.abspath(self.folder))

    @property
    def begin(self) -> str:
        """Begin time as ISO 8601 text in UTC, which sorts by time; without facts it is from the folder's name."""
        begin = self.facts.get("begin_time")
        if isinstance(begin, str):
            return begin
        name = self.run
        return f"{name[:4]}-{name[4:6]}-{name[6:11]}:{name[11:13]}:{name[13:15]}Z" if name[8:9] == "T" else ""


def find(paths: Iterable[str]) -> list[RunEntry]:
    """Return the runs among these folders and below them, the newest last.

    Raises:
        NoSuchRun: there is no such folder, or no run in them.
        OSError: a folder cannot be listed.
    """
    return search(paths)[0]


def search(paths: Iterable[str]) -> tuple[list[RunEntry], list[str]]:
    """Return the runs as `find` does, and a message for each folder that seems to be a run but cannot be read.

    Raises:
        NoSuchRun: there is no such folder, or no run in them.
        OSError: a folder cannot be listed.
    """
    paths = list(dict.fromkeys(map(os.path.normpath, paths)))
    if missing := [path for path in paths if not os.path.isdir(path)]:
        raise NoSuchRun(f"there is no folder {missing[0]!r}; give a run folder, or a folder of runs")
    candidates = {candidate.folder: candidate for path in paths for candidate in run_search.candidates(path)}
    found = [
        RunEntry(candidate.folder, candidate.facts, candidate.problem)
        for candidate in candidates.values()
        if candidate.is_run
    ]
    problems = [candidate.problem for candidate in candidates.values() if candidate.problem and not candidate.is_run]
    if not found:
        also = "".join(f"; {problem}" for problem in problems[:1])
        raise NoSuchRun(f"no runs in {', '.join(map(repr, paths))}; `perfmon run` records one{also}")
    return sorted(found, key=lambda one: (one.begin, one.folder)), problems


def read(folder: str) -> RunEntry:
    """Read the run.json of a run folder again."""
    candidate = run_search.examine_folder(folder)
    return RunEntry(folder, candidate.facts, candidate.problem)


def effective_labels(entry: RunEntry) -> Mapping[str, object]:
    """Return the run's facts with its labels; without a stage given, with those of its only attached stage.

    Table `phase` is read only for a run without a stage, and only once it is sealed.
    """
    if entry.facts.get("stage_given", True) or not layout.is_folder(os.path.join(entry.folder, "phase")):
        return entry.facts
    from perfmon_analyze.loading import recordings, run_folder  # noqa: PLC0415 - a list of other runs does without pyarrow

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", run_folder.Unreadable)  # whoever shows the run says so
        return recordings.of(run_folder.RunReader(entry.folder))[0].facts


def state(entry: RunEntry) -> str:
    """Return the state of the run; a run whose recorder has died is `lost`, whatever run.json states."""
    recorded = entry.facts.get("state")
    if recorded != run_json.RUNNING:
        return recorded if isinstance(recorded, str) else "unknown"
    return run_json.LOST if recorder(entry) == "dead" else run_json.RUNNING


def recorder(entry: RunEntry) -> str:
    """Return the recorder's state: `ended`, `alive`, `dead`, or `elsewhere` if it runs on another machine."""
    if entry.facts.get("state") != run_json.RUNNING:
        return "ended"
    from perfmon.store import liveness  # noqa: PLC0415 - most runs have ended, and listing them is quicker without

    return liveness.recorder_state(entry.folder, entry.facts)
