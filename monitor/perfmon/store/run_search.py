"""Searches for run folders, and for damaged folders that seem to be runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from perfmon.store import fact_types, layout, own_files, run_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DEPTH = 4  # levels below the folder given at which runs are looked for

_LOST = "looks like a run, but has no run.json that can be read: it is left out; restore its run.json"


class RunCandidate(NamedTuple):
    """A folder that may be a run: its facts, and a problem if facts are missing.

    If `is_run` is false, it is no run, or that cannot be known, for the reason in `problem`.
    """

    folder: str
    facts: Mapping[str, object]
    problem: str | None = None
    is_run: bool = True


def candidates(path: str, depth: int = _DEPTH) -> Iterator[RunCandidate]:
    """Yield the run at this path, or those below it; hidden folders and the inside of runs are not searched.

    Raises:
        OSError: the folder cannot be listed.
    """
    hit = examine_folder(path)
    if hit.is_run or hit.problem:
        yield hit
        return
    if not depth:
        return
    try:
        with os.scandir(path) as entries:
            inner = [entry.path for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    except PermissionError as error:  # somebody else's, and perhaps a run: it must not keep the others from being found
        yield RunCandidate(path, {}, f"{path} cannot be looked into ({error.strerror}): it is left out", is_run=False)
        return
    for folder in inner:
        yield from candidates(folder, depth - 1)


def examine_folder(folder: str) -> RunCandidate:
    """Examine a folder; it is a run if it has a run.json of perfmon, or a journal."""
    path = os.path.join(folder, layout.FACTS)
    try:
        facts, wrong = fact_types.checked(run_json.read_facts(folder))
        return RunCandidate(folder, facts, fact_types.wrong_types_message(path, wrong) if wrong else None)
    except FileNotFoundError:
        problem = f"{path} is missing"
    except run_json.ForeignRunJson as error:
        problem = str(error)
    except (OSError, ValueError) as error:
        problem = f"{path} cannot be read ({error})"
    if own_files.is_run(folder):
        return RunCandidate(folder, {}, problem)
    lost = own_files.is_torn_facts(path) or own_files.has_segment(folder)
    return RunCandidate(folder, {}, f"{folder} {_LOST}" if lost else None, is_run=False)


class NoRuns(ValueError):
    """There is no run in the folders."""


def search(paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the run folders among these folders and below them, sorted by name, and problems.

    A problem is a message on a folder that seems to be a run but is damaged, or cannot be read.

    Raises:
        NoRuns: there are none.
    """
    paths = list(paths)
    hits: dict[str, RunCandidate] = {}
    for path in paths:
        if not os.path.isdir(path):
            raise NoRuns(f"there is no folder {path!r}; give a run folder, or a folder of runs")
        ordered = sorted(candidates(os.path.normpath(path)), key=lambda hit: hit.folder)
        hits.update((hit.folder, hit) for hit in ordered if hit.folder not in hits)
    found = [hit.folder for hit in hits.values() if hit.is_run]
    problems = [hit.problem for hit in hits.values() if hit.problem and not hit.is_run]
    if not found:
        also = "".join(f"; {problem}" for problem in problems[:1])
        raise NoRuns(f"no runs in {', '.join(map(repr, paths))}; `perfmon run` records one{also}")
    return found, problems
