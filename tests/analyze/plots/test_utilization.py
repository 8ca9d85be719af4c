"""Utilization of GPU and CPU as densities."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from tests.analyze.plots import visible
from tests.analyze.run_factory import gpu_rows, job_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.patches import StepPatch

    from tests.analyze.conftest import MakeRun
    from tests.analyze.plots.conftest import Draw

GPU, CPU = (f"hardware_utilization_distribution_training_{what}" for what in ("gpu", "cpu"))


def areas(axes: Axes) -> list[float]:
    """The area of each histogram; each is drawn as a filled and as an outlined one."""
    data = [cast("StepPatch", patch).get_data()[:2] for patch in axes.patches]
    return [float((heights * np.diff(edges)).sum()) for heights, edges in data]


def medians(axes: Axes) -> list[tuple[float, object]]:
    """Where the vertical lines stand, and their colours."""
    return [(float(np.asarray(line.get_xdata())[0]), line.get_color()) for line in axes.get_lines()]


def test_gpu_utilization(make_run: MakeRun, draw: Draw) -> None:
    """A density for each model that integrates to 1, and a dashed line at each median."""
    make_run("a", model="bielik12", tables={"gpu": gpu_rows([1] * 3, [0.25, 0.5, 0.5])})
    make_run("b", model="bielik45", tables={"gpu": gpu_rows([1] * 5, [1.0, 0.75, 0.75, 0.0, None])})

    figure = draw(GPU)

    (axes,) = figure.axes
    assert visible.labels(axes) == ("GPU utilization (%)", "Density")
    assert pytest.approx(areas(axes)) == [1.0] * 4
    assert medians(axes) == [(50.0, "#1a5276"), (75.0, "#d35400")]
    assert [line.get_linestyle() for line in axes.get_lines()] == ["--"] * 2
    assert visible.legend(figure) == [
        "Bielik 1.5B",
        "Bielik 1.5B: median 50.0 %",
        "Bielik 4.5B",
        "Bielik 4.5B: median 75.0 %",
    ]
    assert len({patch.get_hatch() for patch in axes.patches if patch.get_hatch()}) == 2
    low, high = axes.get_xlim()
    assert low <= 0
    assert high >= 100


def test_cpu_utilization(make_run: MakeRun, draw: Draw) -> None:
    """The job's share of the CPUs it may use."""
    make_run(tables={"job": job_rows([1] * 4, cpu_seconds=1.0, cpus=4)})

    (axes,) = draw(CPU).axes

    assert visible.labels(axes) == ("CPU utilization (%)", "Density")
    assert medians(axes) == [(25.0, "#1a5276")]
    assert pytest.approx(areas(axes)) == [1.0, 1.0]


@pytest.mark.parametrize("quotas", [[0.5] * 4, [0.5, 1.0, 0.5, 0.5]])
def test_cpu_utilization_is_of_the_quota_where_that_is_less(
    make_run: MakeRun, draw: Draw, quotas: Sequence[float]
) -> None:
    """Half a CPU of four, all used, is 100 %; whether the quota stays as it is or is raised for a tick."""
    rows = job_rows([1] * 4, cpu_seconds=0.5, cpus=4)
    make_run(tables={"job": [row | {"cpus_quota": quota} for row, quota in zip(rows, quotas, strict=True)]})

    (axes,) = draw(CPU).axes

    assert medians(axes) == [(100.0, "#1a5276")]


def test_one_sample_has_no_cpu_utilization(make_run: MakeRun, draw: Draw) -> None:
    """A share of time needs two readings of a counter."""
    make_run(tables={"job": job_rows([1])})

    with pytest.raises(ValueError, match="no CPU utilization samples of stage training"):
        draw(CPU)


def test_a_stand_in_has_a_density_of_its_own(make_run: MakeRun, draw: Draw) -> None:
    """Dotted, hatched, and named in the legend."""
    make_run("a", tables={"job": job_rows([1] * 60)})
    make_run("b", tables={"gpu": gpu_rows([1], [0.5])})

    figure = draw(GPU)

    assert pytest.approx(areas(figure.axes[0])) == [1.0] * 4
    assert {":", "-"} <= {cast("str", patch.get_linestyle()) for patch in figure.axes[0].patches}
    assert any("synthetic" in entry for entry in visible.legend(figure))
    assert "SYNTHETIC GPU DATA" in visible.header(figure)


def test_without_gpu_and_stand_in_there_is_nothing_to_draw(make_run: MakeRun, draw: Draw) -> None:
    """A figure of a single empty panel is not drawn."""
    make_run(tables={"job": job_rows([1] * 60)})

    with pytest.raises(ValueError, match="no GPU utilization samples"):
        draw(GPU, synthetic=False)
