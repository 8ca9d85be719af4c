"""One figure under construction: the look, the header above the panels and the legend below them."""

from __future__ import annotations

import math
import os
import textwrap
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context, rc_params_from_file, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from perfmon_analyze.plots.colours import lighter, mixed
from perfmon_analyze.plots.panel_layout import arrange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matplotlib.artist import Artist
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.legend import Legend

    from perfmon_analyze.series.options import Options

_STYLE = os.path.join(os.path.dirname(__file__), "perfmon.mplstyle")
_OVERRIDES: dict[str, dict[str, Any]] = {
    "paper": {},
    "screen": {
        "font.size": 12,
        "axes.titlesize": 13,
        "axes.labelsize": 12,
        "legend.fontsize": 11,
        "lines.linewidth": 1.8,
    }
    | {"xtick.labelsize": 11, "ytick.labelsize": 11, "axes.facecolor": "#f7f8fa", "savefig.dpi": 120},
    "dark": dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), "#14181d")
    | dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), "#e6e6e6")
    | {"axes.edgecolor": "#8a8f98", "grid.color": "#333a43"},
}
# Settings that are about the process, not the look; rc_context would set them for good.
_OF_THE_PROCESS = ("backend", "interactive", "toolbar", "timezone", "webagg", "tk.", "keymap", "savefig.directory")
_INCH = {"title": 0.30, "note": 0.21, "mark": 0.35, "margin": 0.10}
_MOST_COLUMNS = 8  # of a legend
_PIXELS_OFF = 2.0  # at most, when the width of a legend is foretold
_PER_INCH = {"title": 8.0, "note": 14.5, "legend": 11.0}  # letters, on the safe side


class Picture(Figure):
    """A matplotlib Figure that a notebook shows although pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        file = BytesIO()
        self.savefig(file, format="png", metadata={"Software": None})
        return file.getvalue()


class Sheet:
    """One figure: its panels, and what is to stand above and below them.

    `panels` is an array of Axes, rows by columns.
    """

    def __init__(
        self, title: str, options: Options, *, rows: int, columns: int, size: tuple[float, float], share: bool
    ) -> None:
        self.figure = Picture(figsize=size)
        FigureCanvasAgg(self.figure)
        self.panels: np.ndarray[Any, Any] = self.figure.subplots(
            rows, columns, squeeze=False, sharex=share, sharey="row" if share else False
        )
        self._title = options.title or title
        self._dark = options.style == "dark"
        self._notes: dict[str, None] = {}
        self._marks: dict[str, None] = {}
        self._entries: dict[str, Artist] = {}

    @property
    def pixels(self) -> tuple[int, int]:
        """How wide and how high a panel is at the usual resolution: nothing can show more. A little more than it is."""
        width, height = self.figure.get_size_inches() * rcParams["savefig.dpi"]
        rows, columns = self.panels.shape
        return int(width / columns), int(height / rows)

    def note(self, text: str | None) -> None:
        """Have this said under the title, once."""
        if text:
            self._notes[text] = None

    def mark(self, text: str) -> None:
        """Have this said in the box that nobody can overlook, once."""
        self._marks[text] = None

    def entry(self, label: str, artist: Artist) -> None:
        """Have this in the legend, once."""
        self._entries.setdefault(label, artist)

    def tone(self, colour: str) -> str:
        """A colour as it can be seen on this figure's background."""
        return lighter(colour, 0.4) if self._dark else colour

    def pale(self, colour: str) -> str:
        """A colour as an area that lies behind lines of that colour."""
        return mixed(colour, to_hex(self.figure.get_facecolor()), 0.65)

    def finish(self) -> None:
        """Put the header above and the legend below the panels, and make room for both."""
        width, height = self.figure.get_size_inches()
        header = self._header_lines(width)
        below = self._legend(width)
        above = sum(_INCH[kind] for kind, _ in header) + 2 * _INCH["margin"]
        total = height + above + below
        self.figure.set_size_inches(width, total)
        self._write(header, total)
        arrange(self.figure, self.panels, below=below, above=above)

    def _header_lines(self, width: float) -> list[tuple[str, str]]:
        lines = [("title", line) for line in textwrap.wrap(self._title, int(width * _PER_INCH["title"]))]
        lines += [("mark", line) for m in self._marks for line in textwrap.wrap(m, int(width * _PER_INCH["title"]))]
        return lines + [("note", line) for line in _packed(self._notes, int(width * _PER_INCH["note"]))]

    def _write(self, lines: list[tuple[str, str]], height: float) -> None:
        kinds: dict[str, dict[str, Any]] = {
            "title": {"fontsize": 13, "fontweight": "bold"},
            "note": {"fontsize": 9, "alpha": 0.75},
            "mark": {"fontsize": 9.5, "fontweight": "bold", "color": "white"}
            | {"bbox": {"boxstyle": "square,pad=0.3", "facecolor": "#a93226", "edgecolor": "none"}},
        }
        y = height - _INCH["margin"]
        left = 0.14 / self.figure.get_size_inches()[0]
        for kind, text in lines:
            y -= _INCH[kind]
            self.figure.text(
                left, (y + (0.12 if kind == "mark" else 0.07)) / height, text, va="bottom", ha="left", **kinds[kind]
            )

    def _legend(self, width: float) -> float:
        """Draw the legend in as many columns as fit; its height in inches is returned."""
        if not self._entries:
            return 0.0
        labels = [textwrap.fill(label, int(width * _PER_INCH["legend"])) for label in self._entries]
        renderer = self.figure.canvas.get_renderer()  # type: ignore[attr-defined]  # an Agg canvas
        room = (width - 0.2) * self.figure.dpi
        most_rows = range(math.ceil(len(labels) / _MOST_COLUMNS), len(labels) + 1)
        columns = list(dict.fromkeys(math.ceil(len(labels) / rows) for rows in most_rows))
        while True:
            legend = self.figure.legend(
                list(self._entries.values()), labels, loc="lower center", ncols=columns[0], handlelength=2.6
            )
            extent = legend.get_window_extent(renderer)
            if len(columns) == 1 or extent.width < room:
                return float(extent.height) / self.figure.dpi
            columns = _narrower(legend, renderer, columns[1:], room)
            legend.remove()


def _narrower(legend: Legend, renderer: RendererAgg, columns: list[int], room: float) -> list[int]:
    """These numbers of columns, the most first, without those at its beginning that are wider than the room, too.

    A legend is made of many parts for each entry, and some have hundreds: it is not made only to see that.
    """
    em = renderer.points_to_pixels(legend.get_texts()[0].get_fontsize())  # type: ignore[no-untyped-call]  # of theirs
    beside = (legend.handlelength + legend.handletextpad) * em
    widths = [beside + text.get_window_extent(renderer).width for text in legend.get_texts()]
    around, between = 2 * legend.borderpad * em - _PIXELS_OFF, legend.columnspacing * em
    while len(columns) > 1:
        own = [max(part) for part in np.array_split(widths, columns[0])]
        if sum(own) + (len(own) - 1) * between + around < room:
            break
        columns = columns[1:]
    return columns


def _packed(notes: Iterable[str], letters: int) -> list[str]:
    """Notes side by side as long as a line holds them; one that is longer than a line is broken."""
    lines = [""]
    for note in notes:
        joined = f"{lines[-1]} · {note}" if lines[-1] else note
        if len(joined) <= letters:
            lines[-1] = joined
        else:
            lines.extend(textwrap.wrap(note, letters))
    return [line for line in lines if line]


@contextmanager
def sheet(
    title: str,
    options: Options,
    *,
    rows: int = 1,
    columns: int = 1,
    size: tuple[float, float] = (7.5, 4.2),
    share: bool = False,
) -> Iterator[Sheet]:
    """A sheet to draw on with the look that the options ask for; header and legend are added at the end.

    `size` is that of the panels in inches; with `share`, panels share the x-axis, and those of a row the y-axis.
    """
    with look(options.style):
        page = Sheet(title, options, rows=rows, columns=columns, size=size, share=share)
        yield page
        page.finish()


@contextmanager
def look(style: str) -> Iterator[None]:
    """Matplotlib's settings for one of the styles, whatever the user's own are."""
    with rc_context(_settings() | _OVERRIDES[style]):
        yield


@cache
def _settings() -> Any:  # a dictionary; matplotlib's type for it lists every setting by name
    kept = rc_params_from_file(_STYLE, use_default_template=True)
    return {name: kept[name] for name in kept if not name.startswith(_OF_THE_PROCESS)}
