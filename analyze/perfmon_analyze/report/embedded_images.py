"""The specification's pictures inside the page."""

from __future__ import annotations

import base64
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from perfmon_analyze.exports import draw_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.registry import Named
    from perfmon_analyze.series.options import Options

_DPI = 110  # sharp on paper at the width of a column, and all pictures together in less than 2 MB


def embedded(runs: Runs, plots: Sequence[Named], options: Options) -> Iterator[tuple[str, str | None]]:
    """The name of each plot with the address that holds its picture; None for one that these runs cannot show.

    Raises:
        OSError: there is no room for temporary files, or a process that drew was killed.
    """
    with TemporaryDirectory(prefix="perfmon-report-") as folder:
        for drawn in draw_all.draw_plots(runs, plots, options, draw_all.ImageTarget(folder=folder, dpi=_DPI)):
            yield drawn.name, next(map(_address, drawn.paths), None)


def _address(path: str) -> str:
    with open(path, "rb") as file:
        return f"data:image/png;base64,{base64.b64encode(file.read()).decode('ascii')}"
