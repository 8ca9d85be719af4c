"""Finds run folders."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from perfmon.store.run_search import search
from perfmon_analyze.loading.run_folder import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable


def find(paths: Iterable[str]) -> list[str]:
    """The run folders among these folders and below them, in the order of their names.

    Raises:
        NoRuns: there are none.
    """
    found, problems = search(paths)
    for problem in problems:
        warnings.warn(problem, Unreadable, stacklevel=2)
    return found
