"""The documentation of the plots is complete."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from perfmon_analyze.plots.registry import PLOTS
from perfmon_analyze.series.options import Options

DOCUMENT = (Path(__file__).parents[2] / "docs" / "plots.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("pattern", [plot.pattern for plot in PLOTS])
def test_every_plot_is_documented(pattern: str) -> None:
    """Under the name it is drawn by."""
    assert f"`{pattern}`" in DOCUMENT


@pytest.mark.parametrize("option", [field.name for field in fields(Options)])
def test_every_option_is_documented(option: str) -> None:
    """Under the name that `draw` takes."""
    assert f"`{option}`" in DOCUMENT
