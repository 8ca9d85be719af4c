"""Every plot names a function that draws it."""

from __future__ import annotations

import inspect

import pytest

from perfmon_analyze.plots.registry import PLOTS, Plot


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.pattern)
def test_what_draws_is_there(plot: Plot) -> None:
    """It takes what its data function takes."""
    drawing, data = (list(inspect.signature(function).parameters) for function in (plot.load(), plot.data))

    assert drawing == data
