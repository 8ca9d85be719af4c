"""Words that a shell can offer where a run is wanted, each of which means one run."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from perfmon_analyze.browse.resolve import LATEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon_analyze.browse.catalog import RunEntry


def words(listed: Sequence[RunEntry]) -> Iterator[str]:
    """`latest`, and a word for each run of a list: its name or, where that could mean something else, its path.

    Names of folders are somebody else's text. A run in whose path there is what cannot be printed, such as a newline or
    an escape sequence, is left out: no shell shows it as it is, and perfmon makes none. No word begins with a dash.
    """
    names = Counter(name for one in listed for name in {one.run, one.facts.get("name")} if isinstance(name, str))
    yield LATEST
    for one in listed:
        word = one.run if _means_a_run(one.run) and names[one.run] == 1 else _path(one)
        if word.isprintable():
            yield word


def _means_a_run(name: str) -> bool:
    """Whether a name is taken as one: not for an option, an index, a home folder, or a path that there is."""
    return name[0].isalnum() and not name.isdecimal() and name != LATEST and not os.path.lexists(name)


def _path(one: RunEntry) -> str:
    path = one.folder if os.sep in one.folder else os.path.join(os.curdir, one.folder)
    return path if path[0] in (os.sep, os.curdir) or path[0].isalnum() else os.path.join(os.curdir, path)
