"""Draws many plots of the same runs into one folder, and says what became of each."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze import choice
from perfmon_analyze.choice import NothingToDraw
from perfmon_analyze.exports import figures, summary
from perfmon_analyze.exports.summary_markdown import as_markdown
from perfmon_analyze.plot import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon_analyze.options import Options
    from perfmon_analyze.plot import Named
    from perfmon_analyze.runs import Runs


class Drawn(NamedTuple):
    """What became of one plot: the files it was written to, or why it was left out."""

    name: str
    paths: Sequence[str]
    reason: str | None


def chosen(runs: Runs, wanted: Sequence[str]) -> list[Named]:
    """The plots whose names match one of these names or shell patterns; all of them if there are none.

    Raises:
        ValueError: a name or pattern matches no plot.
    """
    plots = named(runs)
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in plots):
            raise ValueError(f"the plot must be one of {', '.join(plots)}, or a pattern of them; not {pattern!r}")
    return [one for name, one in plots.items() if not wanted or any(fnmatchcase(name, p) for p in wanted)]


def draw(
    runs: Runs, plots: Sequence[Named], folder: str, options: Options, *, formats: Sequence[str], dpi: float | None
) -> Iterator[Drawn]:
    """Draw these plots one after the other and write each; what became of it is told as soon as it is known.

    Raises:
        OSError: a file cannot be written.
    """
    for name, plot, subject in plots:
        try:
            figure = plot.draw(runs, subject, options=options)
        except NothingToDraw as reason:
            yield Drawn(name, (), str(reason))
        else:
            yield Drawn(name, figures.write(figure, name, folder, formats=formats, style=options.style, dpi=dpi), None)


def summarize(runs: Runs, folder: str, options: Options) -> None:
    """Write `summary.json` and `summary.md` into the folder.

    Raises:
        OSError: a file cannot be written.
    """
    found = summary.summarize(runs, options)
    summary.write(summary.as_json(found), os.path.join(folder, "summary.json"))
    summary.write(as_markdown(found, choice.styles(runs, options)), os.path.join(folder, "summary.md"))
