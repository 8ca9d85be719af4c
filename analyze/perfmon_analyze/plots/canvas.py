"""A figure under construction: its style, the header above the panels and the legend below them."""

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
# Settings that are about the process, not the style; rc_context would set them for good.
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


class Canvas:
    """A figure with its panels, the notes and warnings for its header, and the entries of its legend.

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
        """The width and the height of a panel in pixels at the usual resolution, rounded up: nothing can show more."""
        width, height = self.figure.get_size_inches() * rcParams["savefig.dpi"]
        rows, columns = self.panels.shape
        return int(width / columns), int(height / rows)

    def note(self, text: str | None) -> None:
        """Add a note below the title, once; None adds nothing."""
        if text:
            self._notes[text] = None

    def mark(self, text: str) -> None:
        """Add a warning in a red box below the title, once."""
        self._marks[text] = None

    def entry(self, label: str, artist: Artist) -> None:
        """Add an entry to the legend; the first one of a label counts."""
        self._entries.setdefault(label, artist)

    def on_background(self, colour: str) -> str:
        """The colour as `#rrggbb`, made lighter if the figure's background is dark."""
        return lighter(colour, 0.4) if self._dark else colour

    def tint(self, colour: str) -> str:
        """The colour mixed with the background, as `#rrggbb`, for an area behind lines of that colour."""
        return mixed(colour, to_hex(self.figure.get_facecolor()), 0.65)

    def finish(self) -> None:
        """Add the header above and the legend below the panels; the figure grows by the height of both."""
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
        """Draw the legend in as many columns as fit; return its height in inches."""
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
    """The candidate numbers of columns, in descending order, without the first ones that are too wide for the room.

    Widths are computed from the texts: a legend with hundreds of entries takes long to make.
    """
    em = renderer.points_to_pixels(legend.get_texts()[0].get_fontsize())  # type: ignore[no-untyped-call]  # of theirs
    handle_width = (legend.handlelength + legend.handletextpad) * em
    widths = [handle_width + text.get_window_extent(renderer).width for text in legend.get_texts()]
    around, between = 2 * legend.borderpad * em - _PIXELS_OFF, legend.columnspacing * em
    while len(columns) > 1:
        column_widths = [max(part) for part in np.array_split(widths, columns[0])]
        if sum(column_widths) + (len(column_widths) - 1) * between + around < room:
            break
        columns = columns[1:]
    return columns


def _packed(notes: Iterable[str], letters: int) -> list[str]:
    """Lines of notes side by side, of at most so many letters; a note that is longer than a line is wrapped."""
    lines = [""]
    for note in notes:
        joined = f"{lines[-1]} · {note}" if lines[-1] else note
        if len(joined) <= letters:
            lines[-1] = joined
        else:
            lines.extend(textwrap.wrap(note, letters))
    return [line for line in lines if line]


@contextmanager
def open_canvas(
    title: str,
    options: Options,
    *,
    rows: int = 1,
    columns: int = 1,
    size: tuple[float, float] = (7.5, 4.2),
    share: bool = False,
) -> Iterator[Canvas]:
    """A canvas to draw on in the style of the options; header and legend are added when the block ends.

    `size` is that of all panels in inches; with `share`, panels share the x-axis, and those of a row the y-axis.
    """
    with style_context(options.style):
        canvas = Canvas(title, options, rows=rows, columns=columns, size=size, share=share)
        yield canvas
        canvas.finish()


@contextmanager
def style_context(style: str) -> Iterator[None]:
    """Matplotlib's settings for one of the styles while the block runs, whatever the user's own are."""
    with rc_context(_settings() | _OVERRIDES[style]):
        yield


@cache
def _settings() -> Any:  # a dictionary; matplotlib's type for it lists every setting by name
    settings = rc_params_from_file(_STYLE, use_default_template=True)
    return {name: settings[name] for name in settings if not name.startswith(_OF_THE_PROCESS)}
