"""Where run folders are found."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from perfmon.store import layout, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_DEPTH = 4  # levels below the folder given at which runs are looked for


class NoRuns(ValueError):
    """There is not one run in the folders given."""


def find(paths: Iterable[str]) -> list[str]:
    """The run folders among these folders and below them, in the order of their names.

    Raises:
        NoRuns: there are none.
    """
    found: dict[str, None] = {}
    for path in paths:
        if not os.path.isdir(path):
            raise NoRuns(f"there is no folder {path!r}; give a run folder, or a folder of runs")
        found.update(dict.fromkeys(sorted(_below(os.path.normpath(path), _DEPTH))))
    if not found:
        raise NoRuns(f"no runs in {', '.join(map(repr, paths))}; `perfmon run` records one")
    return list(found)


def _below(path: str, depth: int) -> Iterator[str]:
    inner = [entry.name for entry in os.scandir(path) if entry.is_dir() and not entry.name.startswith(".")]
    if os.path.isfile(os.path.join(path, layout.FACTS)) or set(inner) & {layout.JOURNAL, *schema.TABLES}:
        yield path
    elif depth:
        for name in inner:
            yield from _below(os.path.join(path, name), depth - 1)
