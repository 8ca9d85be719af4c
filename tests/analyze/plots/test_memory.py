"""Memory over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.analyze.plots import visible
from tests.analyze.run_factory import gpu_rows, job_rows

if TYPE_CHECKING:
    from tests.analyze.conftest import MakeRun
    from tests.analyze.plots.conftest import Draw

GIB = 2**30
HOUR = 3600.0


def tables(*gigabytes: float, step: float = HOUR) -> dict[str, object]:
    """RAM of these sizes, and twice as much VRAM."""
    return {
        "job": job_rows([g * GIB for g in gigabytes], step=step),
        "gpu": gpu_rows([2 * g * GIB for g in gigabytes], [0.5] * len(gigabytes), step=step),
    }


def test_memory_usage(make_run: MakeRun, draw: Draw) -> None:
    """VRAM left, RAM right, a line per model in its colour, as recorded."""
    make_run("a", model="bielik45", interval=HOUR, tables=tables(2, 3))
    make_run("b", model="bielik12", interval=HOUR, tables=tables(1, 1))

    figure = draw("memory_usage_training")

    vram, ram = figure.axes
    assert visible.labels(vram) == ("Time elapsed (hours)", "VRAM (GB)")
    assert visible.labels(ram) == ("Time elapsed (hours)", "RAM (GB)")
    assert visible.lines(vram) == [([0, 1], [2, 2]), ([0, 1], [4, 6])]
    assert visible.lines(ram) == [([0, 1], [1, 1]), ([0, 1], [2, 3])]
    assert [line.get_color() for line in ram.get_lines()] == ["#1a5276", "#d35400"]
    assert visible.legend(figure) == ["Bielik 1.5B", "Bielik 4.5B"]
    assert len({line.get_marker() for line in ram.get_lines()}) == 2


def test_the_figure_says_what_it_shows(make_run: MakeRun, draw: Draw) -> None:
    """Scope, measure of RAM, data set and origin."""
    make_run(tables=tables(1, 2))

    header = visible.header(draw("memory_usage_training"))

    for words in ("Memory usage: training", "scope job", "RAM is RSS", "polemo2", "origin: measured"):
        assert words in header
    assert "SYNTHETIC" not in header


def test_the_caption_names_the_ram_that_is_drawn(make_run: MakeRun, draw: Draw) -> None:
    """A recording without RAM samples changes neither which RAM is drawn nor what it is called."""
    pss = [row | {"pss_bytes": GIB} for row in job_rows([2 * GIB] * 3)]
    make_run("a", model="bielik12", tables={"job": pss})
    make_run("b", model="bielik45", tables={"gpu": gpu_rows([GIB] * 3, [0.5] * 3)})

    figure = draw("memory_usage_training")

    assert visible.lines(figure.axes[1]) == [([0, 1, 2], [1, 1, 1])]
    assert "RAM is PSS" in visible.header(figure)


def test_two_runs_of_one_model(make_run: MakeRun, draw: Draw) -> None:
    """A line each, in one colour, and one entry that counts them."""
    for run in ("a", "b"):
        make_run(run, tables=tables(1, 2))

    figure = draw("memory_usage_training")

    assert [line.get_color() for line in figure.axes[1].get_lines()] == ["#1a5276"] * 2
    assert visible.legend(figure) == ["Bielik 1.5B (2 runs)"]


def test_the_baseline_is_left_out(make_run: MakeRun, draw: Draw) -> None:
    """It has figures of its own."""
    make_run("a", stage="inference", variant="baseline", tables=tables(9))
    make_run("b", stage="inference", variant="detectors", tables=tables(1, 2))

    assert [y for _, y in visible.lines(draw("memory_usage_inference").axes[1])] == [[1, 2]]


@pytest.mark.parametrize(("step", "unit"), [(1.0, "seconds"), (70.0, "minutes"), (1000.0, "hours")])
def test_the_unit_of_time_fits(make_run: MakeRun, draw: Draw, step: float, unit: str) -> None:
    """Seconds, minutes or hours by the longest line of the figure."""
    make_run(interval=step, tables=tables(1, 2, 3, step=step))

    assert [f"Time elapsed ({unit})"] * 2 == [axes.get_xlabel() for axes in draw("memory_usage_training").axes]


def test_a_gap_in_the_samples_is_a_gap_in_the_line(make_run: MakeRun, draw: Draw) -> None:
    """So is a stretch of null; neither is bridged nor drawn as 0."""
    rows = [*job_rows([1, 2, None, 4]), *job_rows([5, 6], begin=20.0)]
    make_run(tables={"job": rows, "gpu": gpu_rows([1], [0.5])})

    line = draw("memory_usage_training").axes[1].get_lines()[0]

    known = ~np.isnan(np.asarray(line.get_ydata(), float))
    assert list(known) == [True, True, False, True, False, True, True]


def test_one_sample_is_a_marker(make_run: MakeRun, draw: Draw) -> None:
    """A line of one sample shows nothing; a marker does."""
    make_run(tables={"job": job_rows([GIB]), "gpu": gpu_rows([GIB], [0.5])})

    line = draw("memory_usage_training").axes[1].get_lines()[0]

    assert (list(np.asarray(line.get_xdata())), list(np.asarray(line.get_ydata()))) == ([0], [1])
    assert line.get_markevery() == [0]


def test_a_stand_in_is_unmistakable(make_run: MakeRun, draw: Draw) -> None:
    """Dotted, named in legend and panel, and marked on the figure; what was measured is as always."""
    make_run(tables={"job": job_rows([GIB] * 30)})

    figure = draw("memory_usage_training")

    vram, ram = figure.axes
    assert [line.get_linestyle() for line in vram.get_lines()] == [":"]
    assert [line.get_linestyle() for line in ram.get_lines()] == ["-"]
    assert visible.legend(figure) == ["Bielik 1.5B (synthetic stand-in)", "Bielik 1.5B"]
    assert "synthetic" in vram.get_title(loc="left")
    assert "SYNTHETIC GPU DATA" in visible.header(figure)


def test_no_stand_in_leaves_the_panel_empty(make_run: MakeRun, draw: Draw) -> None:
    """With the reason written in it."""
    make_run(tables={"job": job_rows([GIB] * 3)})

    figure = draw("memory_usage_training", synthetic=False)

    assert figure.axes[0].get_lines() == []
    assert "no GPU was recorded" in figure.axes[0].texts[0].get_text()
    assert "SYNTHETIC" not in visible.header(figure)


@pytest.mark.parametrize("origin", ["synthetic", "replayed"])
def test_a_run_that_was_not_measured_is_marked(make_run: MakeRun, draw: Draw, origin: str) -> None:
    """On the figure and in the legend."""
    make_run(origin=origin, tables=tables(1, 2))

    figure = draw("memory_usage_training")

    assert f"{origin.upper()} DATA" in visible.header(figure)
    assert [f"Bielik 1.5B ({origin})"] == visible.legend(figure)


def test_made_up_beside_measured(make_run: MakeRun, draw: Draw) -> None:
    """Where both stand in one panel, what was made up is dotted; alone it is drawn like any run."""
    make_run("a", origin="synthetic", tables=tables(1, 2))
    alone = draw("memory_usage_training").axes[1].get_lines()
    make_run("b", tables=tables(3, 4))
    both = draw("memory_usage_training").axes[1].get_lines()

    assert [line.get_linestyle() for line in alone] == ["-"]
    assert [(line.get_label(), line.get_linestyle()) for line in both] == [
        ("Bielik 1.5B", "-"),
        ("Bielik 1.5B (synthetic)", ":"),
    ]


def test_a_line_for_each_gpu(make_run: MakeRun, draw: Draw) -> None:
    """With `per_gpu`, told apart by dashes."""
    gpus = [row for n in (0, 1) for row in gpu_rows([GIB, GIB], [0.5, 0.5], uuid=f"GPU-{n}", index=n)]
    make_run(tables={"job": job_rows([GIB, GIB]), "gpu": gpus})

    figure = draw("memory_usage_training", per_gpu=True)

    assert visible.legend(figure) == ["Bielik 1.5B, GPU 0", "Bielik 1.5B, GPU 1", "Bielik 1.5B"]
    assert len({line.is_dashed() for line in figure.axes[0].get_lines()}) == 2


def test_the_whole_host(make_run: MakeRun, draw: Draw) -> None:
    """In scope host, RAM is the machine's, and the figure says so."""
    make_run(tables=tables(1, 1) | {"host": [{"t": float(t), "memory_used_bytes": 8 * GIB} for t in range(2)]})

    figure = draw("memory_usage_training", scope="host")

    assert visible.lines(figure.axes[1])[0][1] == [8, 8]
    assert "scope host" in visible.header(figure)
