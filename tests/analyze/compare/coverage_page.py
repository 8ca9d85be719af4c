"""Prints how often the intervals of `perfmon compare` hold the truth; `--write` puts it into the documentation."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.exports.image_files import write
from perfmon_analyze.plots.canvas import open_canvas
from perfmon_analyze.series.options import Options

from .coverage import COUNTS, MEMORIES, Row, autoregressions, generated, several
from .simulated import STATISTICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

DOCS = Path(__file__).parents[3] / "docs"
_HEAD = ("case", "samples or runs", "statistic", "holds the truth", "power at `would show`", "no interval")
_COLOURS = ("#0072b2", "#009e73", "#e69f00", "#d55e00")  # Okabe and Ito, "Color Universal Design"
_MARKERS = "os^D"
_FEW = 0.5  # of the comparisons must have had an interval, or a point of the figure says little
_HARDLY_ANY = 0.9  # where more of them have none, what the few hold is left out of the table, too


def main() -> None:
    """Simulate, print, and write if asked to."""
    parser = argparse.ArgumentParser(prog="scripts/compare-coverage", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=400, metavar="N", help="of each case (default: 400)")
    parser.add_argument("--write", action="store_true", help="into docs/compare.md and its picture")
    options = parser.parse_args()
    regressions = list(autoregressions(options.repetitions, memories=MEMORIES, counts=COUNTS))
    rows = [*regressions, *generated(options.repetitions), *several(10 * options.repetitions)]
    print(table(rows))
    if options.write:
        page = DOCS / "compare.md"
        marks = r"(<!-- simulated: begin -->\n).*?(<!-- simulated: end -->)"
        page.write_text(re.sub(marks, lambda m: m[1] + table(rows) + "\n" + m[2], page.read_text(), flags=re.DOTALL))
        write(figure(regressions), "compare_coverage", str(DOCS / "images"), formats=["png"])


def table(rows: Sequence[Row]) -> str:
    """All rows as Markdown."""
    lines: list[tuple[str, ...]] = [_HEAD, ("---", "---:", "---", "---:", "---:", "---:")]
    for case, size, _, told in rows:
        held = (np.nan, np.nan) if told.refused > _HARDLY_ANY else (told.covered, told.power)
        shares = [_percent(value) for value in (*held, told.refused)]
        lines.append((case, f"{size:,}", told.statistic, *shares))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f"{100 * share:.0f} %"


def figure(rows: Sequence[Row]) -> Figure:
    """The share of intervals that hold the truth, by samples and correlation."""
    with open_canvas(
        "How often a 95 % interval holds the truth", Options(), columns=len(STATISTICS), size=(9.5, 3.4)
    ) as page:
        for axes, statistic in zip(page.panels[0], STATISTICS, strict=True):
            for memory, colour, marker in zip(MEMORIES, _COLOURS, _MARKERS, strict=True):
                own = [r for r in rows if r.memory == memory and r.told.statistic == statistic]
                own = [r for r in own if r.told.refused <= _FEW]
                share = [100 * r.told.covered for r in own]
                (line,) = axes.plot([r.size for r in own], share, color=colour, marker=marker)
                page.entry(f"correlation {memory:g} from sample to sample", line)
            axes.axhline(95, color="#555555", linewidth=1, linestyle=(0, (4, 3)))
            axes.set(title=statistic, xlabel="Samples a side", ylabel="Intervals that hold it (%)", ylim=(80, 100))
            axes.set_xscale("log")
            axes.set_xticks(COUNTS, [f"{count:,}" for count in COUNTS])
            axes.minorticks_off()
        page.note(f"{rows[0].told.judged} simulated comparisons a point; none where most of them have no interval")
    return page.figure


if __name__ == "__main__":
    main()
