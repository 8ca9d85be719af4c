"""Resolves a name to a run: a path, a place in the list, a name or a part of one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from perfmon.cli import output
from perfmon_analyze.browse import catalog
from perfmon_analyze.browse.catalog import NoSuchRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfmon_analyze.browse.catalog import RunEntry

LATEST = "latest"
HELP = "a run: its folder, its name or the beginning of it, its last four digits, an index such as -1, or latest"
_SHOWN = 5  # candidates that an error names


def one(word: str, runs: str = "runs") -> RunEntry:
    """Return the run that a word names; a word that is no path is searched in the folder `runs`.

    A word is, in this order: the path of a run folder; `latest`; an index, where -1 is the run that began last and 0
    the one that began first; the name of a run or of its folder; the beginning of one name only, or the four digits at
    the end of a folder's name.

    Raises:
        NoSuchRun: there is no such run, or more than one.
        OSError: a folder cannot be listed.
    """
    if os.sep in word or _holds_runs(word):
        return _only(word)
    listed = catalog.find([runs])
    if word == LATEST:
        return listed[-1]
    if word.removeprefix("-").isdecimal():
        return _at(int(word), listed, runs)
    return _named(word, listed, runs)


def several(words: Iterable[str], runs: str = "runs") -> list[RunEntry]:
    """Return the runs that some words name, each once; a folder of runs names all of them.

    Raises:
        NoSuchRun: a word names no run, or several.
        OSError: a folder cannot be listed.
    """
    selected: dict[str, RunEntry] = {}
    for word in words:
        for run in catalog.find([word]) if _holds_runs(word) else [one(word, runs)]:
            selected.setdefault(os.path.realpath(run.folder), run)
    return list(selected.values())


def folders(words: Iterable[str], runs: str = "runs") -> list[str]:
    """Return the folders that some words name: existing paths unchanged, else the folder of the named run.

    Raises:
        NoSuchRun: a word names no run, or several.
        OSError: a folder cannot be listed.
    """
    return [
        word if os.sep in word or os.path.exists(word) or not os.path.isdir(runs) else one(word, runs).folder
        for word in words
    ]


def _holds_runs(word: str) -> bool:
    """Whether the word is the path of a folder with runs; a folder without runs may share its name with a run."""
    try:
        return os.path.isdir(word) and bool(catalog.find([word]))
    except NoSuchRun:
        return False


def _only(path: str) -> RunEntry:
    runs = catalog.find([path])
    if len(runs) > 1:
        raise NoSuchRun(f"{path!r} holds {len(runs)} runs; name one of them: {_names(runs)}")
    return runs[0]


def _at(index: int, listed: Sequence[RunEntry], runs: str) -> RunEntry:
    try:
        return listed[index]
    except IndexError:
        raise NoSuchRun(f"there is no run {index} in {runs!r}: it holds {len(listed)}, -{len(listed)} to -1") from None


def _named(word: str, listed: Sequence[RunEntry], runs: str) -> RunEntry:
    names = [(run, [name for name in (run.run, run.facts.get("name")) if isinstance(name, str)]) for run in listed]
    for fits in (
        [run for run, known in names if word in known],
        [run for run, known in names if any(name.startswith(word) for name in known)],
        [run for run, _ in names if run.run.endswith(f"-{word}")],
    ):
        if len(fits) > 1:
            raise NoSuchRun(f"{word!r} fits {len(fits)} runs in {runs!r}: {_names(fits)}")
        if fits:
            return fits[0]
    raise NoSuchRun(f"there is no run {word!r} in {runs!r}; `perfmon ls {output.quoted(runs)}` lists them")


def _names(runs: Sequence[RunEntry]) -> str:
    """Return the names of at most `_SHOWN` runs, the newest last."""
    left_out = f"{len(runs) - _SHOWN} more, " if len(runs) > _SHOWN else ""
    return left_out + ", ".join(run.run for run in runs[-_SHOWN:])
