"""Batch times and their distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from tests.analyze.plots import visible
from tests.analyze.run_factory import batch_rows

if TYPE_CHECKING:
    from matplotlib.patches import StepPatch

    from tests.analyze.conftest import MakeRun
    from tests.analyze.plots.conftest import Draw

TIMES = [1.0, 3.0, 2.0, 2.0, 9.0, 2.0]


def test_batch_processing_times(make_run: MakeRun, draw: Draw) -> None:
    """Each series has its points and their rolling median in one colour, and is named with its variant."""
    make_run("a", stage="inference", variant="detectors", tables={"batch": batch_rows(TIMES)})
    make_run("b", stage="inference", variant="baseline", tables={"batch": batch_rows([1.0, 1.0], series=None)})

    figure = draw("batch_processing_times")

    (axes,) = figure.axes
    assert visible.labels(axes) == ("Batch number", "Processing time (seconds)")
    points, median, *_ = axes.get_lines()
    assert visible.lines(axes)[0] == ([0, 1, 2, 3, 4, 5], TIMES)
    assert list(np.asarray(median.get_ydata())) == [2.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    assert points.get_color() == median.get_color()
    assert visible.legend(figure) == ["Bielik 1.5B L15, with detectors", "Bielik 1.5B, baseline (no detectors)"]


def test_only_inference_counts(make_run: MakeRun, draw: Draw) -> None:
    """Batches timed in training are not inference."""
    make_run(tables={"batch": batch_rows(TIMES)})

    with pytest.raises(ValueError, match="no run of stage inference"):
        draw("batch_processing_times")


def histograms(axes: Any) -> list[StepPatch]:
    """The filled histograms of a panel."""
    return [cast("StepPatch", patch) for patch in axes.patches]


def test_batch_processing_times_distribution(make_run: MakeRun, draw: Draw) -> None:
    """All jobs are in one histogram; median, mean and P95 are lines, their values in the legend."""
    make_run("a", stage="inference", tables={"batch": batch_rows(TIMES[:3])})
    make_run("b", stage="inference", model="bielik45", tables={"batch": batch_rows(TIMES[3:])})

    figure = draw("batch_processing_times_distribution")

    (axes,) = figure.axes
    (histogram,) = histograms(axes)
    assert visible.labels(axes) == ("Processing time (seconds)", "Frequency")
    assert len(TIMES) == histogram.get_data()[0].sum()
    expected = [np.median(TIMES), np.mean(TIMES), np.percentile(TIMES, 95)]
    assert expected == [line.get_xdata()[0] for line in axes.get_lines()]  # type: ignore[index]  # a vertical line's
    assert visible.legend(figure) == ["6 batches", "median 2 s", "mean 3.167 s", "P95 7.5 s"]


def test_made_up_batches_are_never_counted_with_measured_ones(make_run: MakeRun, draw: Draw) -> None:
    """Each origin has a histogram of its own, and the figure a mark."""
    make_run("a", stage="inference", tables={"batch": batch_rows(TIMES[:2])})
    make_run("b", stage="inference", origin="synthetic", tables={"batch": batch_rows(TIMES[2:])})

    figure = draw("batch_processing_times_distribution")

    assert [own.get_data()[0].sum() for own in histograms(figure.axes[0])] == [2, 4]
    assert "4 batches (synthetic)" in visible.legend(figure)
    assert "SYNTHETIC DATA" in visible.header(figure)


def test_one_batch(make_run: MakeRun, draw: Draw) -> None:
    """A single batch is a point and a bar."""
    make_run(stage="inference", tables={"batch": batch_rows([2.0])})

    (histogram,) = histograms(draw("batch_processing_times_distribution").axes[0])

    assert list(histogram.get_data()[0]) == [1.0]
    assert visible.lines(draw("batch_processing_times").axes[0])[0] == ([0], [2.0])
