"""Inference with and without detectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analyze.plots import visible
from tests.analyze.run_factory import folder_rows, gpu_rows, job_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun
    from tests.analyze.plots.conftest import Draw

GIB, MIB = 2**30, 2**20


def tables(cpu_seconds: float, gigabytes: int) -> dict[str, object]:
    """An hour of a job in three samples, VRAM in MiB as RAM in GB, half of it on disk."""
    return {
        "job": job_rows([gigabytes * GIB] * 3, cpu_seconds=cpu_seconds * 1800, cpus=4, step=1800),
        "gpu": gpu_rows([gigabytes * MIB] * 3, [0.5, 0.75, 0.5], step=1800),
        "folder": folder_rows([0, gigabytes * GIB / 4, gigabytes * GIB / 2], step=1800),
    }


def both(make_run: MakeRun, model: str = "bielik12") -> None:
    """One run of each variant."""
    make_run(f"{model}-d", model=model, stage="inference", variant="detectors", interval=1800, tables=tables(3, 8))
    make_run(f"{model}-b", model=model, stage="inference", variant="baseline", interval=1800, tables=tables(1, 4))


def test_five_rows_of_two_panels(make_run: MakeRun, draw: Draw) -> None:
    """A metric a row, with detectors left and without right, as recorded."""
    both(make_run)

    figure = draw("inference_comparison_bielik12")

    rows = [figure.axes[i : i + 2] for i in range(0, 10, 2)]
    names = ["CPU utilization (%)", "GPU utilization (%)", "RAM (GB)", "VRAM (MiB)", "Disk (GB)"]
    assert names == [left.get_ylabel() for left, _ in rows]
    assert [axes.get_title(loc="left") for axes in rows[0]] == ["With detectors", "Baseline (no detectors)"]
    assert [axes.get_xlabel() for axes in rows[-1]] == ["Time (hours)"] * 2
    left = [visible.lines(axes)[0][1] for axes, _ in rows]
    right = [visible.lines(axes)[0][1] for _, axes in rows]
    assert left == [[75, 75], [50, 75, 50], [8, 8, 8], [8, 8, 8], [0, 2, 4]]
    assert right == [[25, 25], [50, 75, 50], [4, 4, 4], [4, 4, 4], [0, 1, 2]]


def test_the_panels_of_a_row_share_their_y_axis(make_run: MakeRun, draw: Draw) -> None:
    """Or the comparison misleads."""
    both(make_run)

    figure = draw("inference_comparison_bielik12")

    for i in range(0, 10, 2):
        assert figure.axes[i].get_ylim() == figure.axes[i + 1].get_ylim()


def test_the_baseline_is_in_a_lighter_tone(make_run: MakeRun, draw: Draw) -> None:
    """Of the model's own colour."""
    both(make_run, "bielik45")

    figure = draw("inference_comparison_bielik45")

    left, right = (axes.get_lines()[0].get_color() for axes in figure.axes[:2])
    assert (left, right) == ("#d35400", "#e7a173")
    assert visible.legend(figure) == ["Bielik 4.5B, with detectors", "Bielik 4.5B, baseline"]


def test_a_model_with_one_variant_has_no_comparison(make_run: MakeRun, draw: Draw) -> None:
    """The reason names what is missing."""
    make_run(stage="inference", variant="detectors", tables=tables(1, 1))

    with pytest.raises(ValueError, match="no inference of variant baseline for model bielik12"):
        draw("inference_comparison_bielik12")


def test_any_model_can_be_compared(make_run: MakeRun, draw: Draw) -> None:
    """Its name in the plot's is what stands in file names."""
    both(make_run, "meta/Żółw")

    assert len(draw("inference_comparison_meta-Żółw").axes) == 10


def test_a_measure_that_only_one_side_has(make_run: MakeRun, draw: Draw, runs_folder: Path) -> None:
    """The other panel says that there are no samples."""
    make_run("a", stage="inference", variant="detectors", tables=tables(1, 1))
    make_run("b", stage="inference", variant="baseline", tables={"job": job_rows([GIB] * 3)})

    disk = draw("inference_comparison_bielik12").axes[9]

    assert (list(disk.get_lines()), [text.get_text() for text in disk.texts]) == ([], ["No Disk samples"])
