"""Draws two curves of a thousand points, and nothing else: `plot_floor.py FILE`."""

from __future__ import annotations

import math
import sys

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_POINTS = 1000


def main() -> None:
    """One figure with two panels, at the size of perfmon's own."""
    figure = Figure(figsize=(10, 6), dpi=150)
    FigureCanvasAgg(figure)
    for panel in figure.subplots(2, 1):
        panel.plot(range(_POINTS), [math.sin(number / 50) for number in range(_POINTS)])
    figure.savefig(sys.argv[1])


if __name__ == "__main__":
    main()
