"""Where run folders are found."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

from perfmon.store import run_search
from perfmon_analyze.loading.run_folder import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable


class NoRuns(ValueError):
    """There is not one run in the folders given."""


def find(paths: Iterable[str]) -> list[str]:
    """The run folders among these folders and below them, in the order of their names.

    Raises:
        NoRuns: there are none.
    """
    found, problems = search(paths)
    for problem in problems:
        warnings.warn(problem, Unreadable, stacklevel=2)
    return found


def search(paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """The same, and sentences about what looks like a run but is none, or cannot be looked into.

    Raises:
        NoRuns: there are none.
    """
    paths = list(paths)
    hits: dict[str, run_search.Hit] = {}
    for path in paths:
        if not os.path.isdir(path):
            raise NoRuns(f"there is no folder {path!r}; give a run folder, or a folder of runs")
        ordered = sorted(run_search.below(os.path.normpath(path)), key=lambda hit: hit.folder)
        hits.update((hit.folder, hit) for hit in ordered if hit.folder not in hits)
    found = [hit.folder for hit in hits.values() if hit.is_run]
    problems = [hit.problem for hit in hits.values() if hit.problem and not hit.is_run]
    if not found:
        also = "".join(f"; {problem}" for problem in problems[:1])
        raise NoRuns(f"no runs in {', '.join(map(repr, paths))}; `perfmon run` records one{also}")
    return found, problems
