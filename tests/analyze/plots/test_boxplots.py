"""Memory as boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.analyze.plots import visible
from tests.analyze.run_factory import gpu_rows, job_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tests.analyze.conftest import MakeRun
    from tests.analyze.plots.conftest import Draw

GIB = 2**30


def medians(axes: Axes) -> list[float]:
    """Where the median lines stand: the horizontal ones that are drawn thickest."""
    thick = [line for line in axes.get_lines() if line.get_linewidth() > 2]
    return [float(np.asarray(line.get_ydata())[0]) for line in thick]


def words(axes: Axes) -> list[str]:
    """What is written below the boxes."""
    return [label.get_text() for label in axes.get_xticklabels()]


@pytest.mark.parametrize(("what", "factor"), [("vram", 2), ("ram", 1)])
def test_a_box_per_model(make_run: MakeRun, draw: Draw, what: str, factor: int) -> None:
    """Median and mean are written out, the boxes are in the models' colours, in their order."""
    for model, sizes in (("bielik45", [4, 4, 7]), ("bielik12", [1, 2, 6])):
        gpu = gpu_rows([2 * size * GIB for size in sizes], [0.5] * 3)
        make_run(model, model=model, tables={"job": job_rows([size * GIB for size in sizes]), "gpu": gpu})

    figure = draw(f"memory_usage_boxplots_{what}_training")

    (axes,) = figure.axes
    assert ("Model", f"{what.upper()} usage (GB)") == visible.labels(axes)
    assert [2 * factor, 4 * factor] == medians(axes)
    assert [
        f"Bielik 1.5B\nmedian {2 * factor:.2f} GB\nmean {3 * factor:.2f} GB\n3 samples",
        f"Bielik 4.5B\nmedian {4 * factor:.2f} GB\nmean {5 * factor:.2f} GB\n3 samples",
    ] == words(axes)
    edges = [tuple(np.round(255 * np.array(box.get_edgecolor()[:3])).astype(int)) for box in axes.patches]
    assert edges == [(0x1A, 0x52, 0x76), (0xD3, 0x54, 0x00)]


def test_runs_of_one_model_share_a_box(make_run: MakeRun, draw: Draw) -> None:
    """Their samples are pooled."""
    make_run("a", tables={"job": job_rows([1 * GIB])})
    make_run("b", tables={"job": job_rows([3 * GIB])})

    assert words(draw("memory_usage_boxplots_ram_training").axes[0]) == [
        "Bielik 1.5B (2 runs)\nmedian 2.00 GB\nmean 2.00 GB\n2 samples"
    ]


def test_made_up_samples_have_a_box_of_their_own(make_run: MakeRun, draw: Draw) -> None:
    """What was measured is never pooled, nor counted, with what was not."""
    make_run("a", tables={"job": job_rows([GIB])})
    make_run("b", origin="synthetic", tables={"job": job_rows([3 * GIB])})

    axes = draw("memory_usage_boxplots_ram_training").axes[0]

    assert medians(axes) == [1, 3]
    assert [text.split("\nmedian")[0] for text in words(axes)] == ["Bielik 1.5B", "Bielik 1.5B\n(synthetic)"]


def test_a_stand_in_is_hatched(make_run: MakeRun, draw: Draw) -> None:
    """And named below its box."""
    make_run("a", tables={"job": job_rows([GIB] * 30)})
    make_run("b", model="bielik45", tables={"gpu": gpu_rows([GIB], [0.5])})

    axes = draw("memory_usage_boxplots_vram_training").axes[0]

    assert [bool(box.get_hatch()) for box in axes.patches] == [True, False]
    assert "stand-in" in words(axes)[0]


def test_a_constant_series(make_run: MakeRun, draw: Draw) -> None:
    """A box without height still has its median, and an axis that can be read."""
    make_run(tables={"job": job_rows([GIB] * 4)})

    axes = draw("memory_usage_boxplots_ram_training").axes[0]

    assert medians(axes) == [1.0]
    assert axes.get_ylim()[0] < 1.0 < axes.get_ylim()[1]


def test_thousands_of_outliers(make_run: MakeRun, draw: Draw) -> None:
    """They are thinned to what can be told apart; the statistics count them all."""
    sizes = [GIB] * 30_000 + [GIB * 2 + 1000 * i for i in range(5000)]
    make_run(tables={"job": job_rows(sizes)})

    axes = draw("memory_usage_boxplots_ram_training").axes[0]

    assert max(len(np.asarray(line.get_xdata())) for line in axes.get_lines()) <= 501
    assert "35,000 samples" in words(axes)[0]


def test_exact_peaks_are_marked(make_run: MakeRun, draw: Draw) -> None:
    """The kernel's mark stands above the box, and two where only bounds are known; runs without one have none."""
    for run, model, most in (("a", "bielik12", 4), ("b", "bielik45", 6)):
        peak = {"tree_at_least_bytes": 4 * GIB, "tree_at_most_bytes": most * GIB}
        make_run(run, model=model, tables={"job": job_rows([GIB, 2 * GIB, 3 * GIB])}, known={"peak": peak})
    make_run("c", model="third", tables={"job": job_rows([GIB])})

    (axes,) = draw("memory_usage_boxplots_ram_training").axes
    marks = [np.asarray(line.get_ydata()).tolist() for line in axes.get_lines() if line.get_marker() in ("^", "v")]
    first, second, third = words(axes)

    assert marks == [[4.0], [4.0], [6.0]]
    assert "peak 4.00 GB" in first
    assert "peak 4.00 to 6.00 GB" in second
    assert "peak" not in third
