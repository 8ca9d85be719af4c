"""A comparison as text, Markdown and figure, and the command that makes them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from perfmon.commands import main
from perfmon_analyze import Options, load
from perfmon_analyze.compare import by_label, compare
from perfmon_analyze.compare.figure import figure
from perfmon_analyze.compare.tables import HEAD, scale
from perfmon_analyze.compare.text import as_markdown, as_text
from tests.analyze.compare.sides import side

if TYPE_CHECKING:
    from perfmon_analyze.compare import Comparison
    from tests.conftest import Perfmon

PAGE = (Path(__file__).parents[3] / "docs" / "compare.md").read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with detectors and one without, the latter not of this world."""
    made = tmp_path_factory.mktemp("study") / "runs"
    side(made, "baseline", busy=0.9, origin="synthetic")
    return side(made, "detectors", busy=0.7, origin="synthetic")


@pytest.fixture(scope="module")
def comparison(folder: Path) -> Comparison:
    """The comparison of the two."""
    (pair,) = by_label(load(folder), "variant")
    return compare(pair, Options())


def test_text(comparison: Comparison) -> None:
    """A heading, a table whose columns stand below each other, and what is to be known."""
    text = as_text(comparison)
    head, row = (next(line for line in text.splitlines() if word in line) for word in (HEAD[4], "Duration"))

    assert text.startswith("inference, Bielik 1.5B: A is baseline (1 run), B is detectors (1 run)\n")
    assert row.split() == ["Duration", "(min)", "6.67", "6.67", "0", "0", "%", "no", "interval", "[1]"]
    assert head.index("reading") == row.index("no interval")
    assert "- [1] one number a run, and one run a side" in text
    assert "- this is synthetic data: it says nothing of real models" in text


def test_markdown(comparison: Comparison) -> None:
    """Every row of the table has as many cells as its head."""
    rows = [line for line in as_markdown(comparison).splitlines() if line.startswith("|")]

    assert len(rows) == 2 + len(comparison.rows)
    assert {row.count(" | ") for row in rows} == {len(HEAD) - 1}


def test_figure(comparison: Comparison) -> None:
    """Each row stands at B as a multiple of A, its bar at the interval's ends; made-up data get their mark."""
    drawn = figure([comparison], Options())
    (axes,) = drawn.axes
    rows = [row for row in comparison.rows if row.difference.a]
    spots = [np.asarray(line.get_xydata()) for line in axes.lines]
    points = {float(spot[0, 1]): float(spot[0, 0]) for spot in spots if len(spot) == 1}
    bars = [line for line in axes.lines if line.get_linewidth() == 6]

    assert [label.get_text().partition("   ")[0] for label in axes.get_yticklabels()] == [row.name for row in rows]
    assert points == {float(place): row.difference.b / row.difference.a for place, row in enumerate(rows)}
    assert len(bars) == sum(row.difference.low is not None for row in rows)
    assert "SYNTHETIC DATA" in {text.get_text() for text in drawn.texts}


@pytest.mark.parametrize(
    ("unit", "largest", "expected"),
    [
        ("s", 36_000, "h"),
        ("s", 300, "min"),
        ("s", 0.1, "ms"),
        ("B", 2**33, "GB"),
        ("B", 2**25, "MB"),
        ("J", 1e7, "kWh"),
        ("%", 50, "%"),
    ],
)
def test_units(unit: str, largest: float, expected: str) -> None:
    """A number stands in the unit that suits it."""
    assert scale(unit, largest)[1] == expected


def test_runs_that_nothing_tells_apart(perfmon: Perfmon, folder: Path) -> None:
    """They are found by their place, and called by their names below the table."""
    done = perfmon("compare", "--runs", str(folder), "0", "0")

    assert done.stdout.startswith("inference, Bielik 1.5B, baseline: A is A (1 run), B is B (1 run)\n")
    assert "- A is baseline-0\n- B is baseline-0\n" in done.stdout


def test_command(perfmon: Perfmon, folder: Path, tmp_path: Path) -> None:
    """By variant and with two runs named, the same comparison; the figure is written."""
    by = perfmon("compare", str(folder), "--by", "variant", "--json", "-o", "out.svg")
    two = perfmon("compare", str(folder / "baseline-0"), str(folder / "detectors-0"), "--json")

    assert (by.returncode, by.stderr) == (0, "figure in out.svg\n")
    assert json.loads(by.stdout) == json.loads(two.stdout)
    assert (tmp_path / "out.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["RUNS"], 2, "give two sides, A and B; or --by, or --versus"),
        (["RUNS", "--by", "model"], 1, "no two models of one stage and variant among these runs: bielik12"),
        (["RUNS", "nowhere"], 1, "there is no folder 'nowhere'; give a run folder, or a folder of runs"),
        (["RUNS", "--by", "variant", "-o", "x.gif"], 2, "must end in .png, .svg, .pdf; not 'x.gif'"),
        (["RUNS", "--by", "variant", "-o", "nowhere/x.png"], 2, "there is no folder 'nowhere'"),
    ],
)
def test_mistakes(perfmon: Perfmon, folder: Path, words: list[str], status: int, message: str) -> None:
    """Each is one line and a status of its own."""
    done = perfmon("compare", *(str(folder) if word == "RUNS" else word for word in words))

    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_the_extra(folder: Path) -> None:
    """Where arch is not installed one line says how to install it."""
    script = (
        "import sys; sys.modules['arch'] = None; from perfmon.commands import main;"
        f"sys.exit(main(['compare', {str(folder)!r}, '--by', 'variant']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr == "perfmon compare: needs arch, which is not installed: pip install 'arch>=8' scipy\n"


def test_the_pages_commands(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page shows in a terminal works."""
    (tmp_path / "runs").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^perfmon (compare .*)$", PAGE, re.MULTILINE)
    words = [
        one.replace("BASELINE-RUN", "baseline-0").replace("DETECTORS-RUN", "detectors-0").split() for one in commands
    ]

    assert [main(one) for one in words] == [0] * len(commands)
    assert len(commands) == 4
