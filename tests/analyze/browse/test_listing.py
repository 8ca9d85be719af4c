"""A list of runs as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfmon_analyze.browse import catalog, listing
from perfmon_analyze.browse.fields import RunFields

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.browse.conftest import Begin


@pytest.fixture
def rows(begin: Begin, runs_folder: Path) -> list[RunFields]:
    """Two runs, one of which is known better."""
    begin(duration_seconds=90.0, peak={"rss_bytes": 3 << 30}, variant="detectors")
    begin(state="failed", stage="a-very-long-name-of-a-stage", totals={"gpu_busy_ratio": 0.875})
    return [RunFields(one, index) for index, one in enumerate(catalog.find([str(runs_folder)]), -2)]


def test_cells(rows: list[RunFields]) -> None:
    """Numbers have units and stand at the right, what is not known is a dash, what no run has is left out."""
    lines = listing.lines(listing.columns(rows, listing.COLUMNS[2:], only_known=True))

    assert ["|".join(cells) for cells in lines] == [
        "STAGE                      |MODEL|VARIANT  |STATE   |BEGIN (UTC)     |DURATION|PEAK RAM| GPU",
        "training                   |b12  |detectors|finished|2026-11-22 18:43|    90 s|    3 GB|   -",
        "a-very-long-name-of-a-stage|b12  |-        |failed  |2026-11-22 18:43|       -|       -|88 %",
    ]


@pytest.mark.parametrize("width", [200, 120, 100, 80, 64])
def test_width(rows: list[RunFields], width: int) -> None:
    """It fits into the terminal, and the index, by which a run can be named, stays."""
    made = listing.fit_to_width(listing.columns(rows, listing.COLUMNS, only_known=True), width)

    assert max(len("  ".join(cells).rstrip()) for cells in listing.lines(made)) <= width
    assert {"index", "state"} <= {column.field for column in made}


def test_what_is_left_out_first(rows: list[RunFields]) -> None:
    """The folder's name says what other columns say, too."""
    made = listing.fit_to_width(listing.columns(rows, listing.COLUMNS, only_known=True), 110)

    assert [column.field for column in made][:2] == ["index", "stage"]
    assert "begin_time" in [column.field for column in made]


def test_origin_is_told_unless_all_is_measured(begin: Begin, runs_folder: Path) -> None:
    """What is made up says so, and so do those beside it."""
    begin()
    begin(origin="synthetic")
    made = listing.columns(
        [RunFields(one, 0) for one in catalog.find([str(runs_folder)])], listing.COLUMNS, only_known=True
    )

    assert made[-1].cells == ["measured", "synthetic"]


def test_text_that_would_move_the_cursor(begin: Begin, runs_folder: Path) -> None:
    """A run folder may be somebody else's: its names are shown, and do nothing to the terminal."""
    begin(stage="\x1b[2J\nża\udcff\u202e")
    (column,) = listing.columns(
        [RunFields(one, 0) for one in catalog.find([str(runs_folder)])], ["stage"], only_known=True
    )

    assert column.cells == ["?[2J ża??"]
