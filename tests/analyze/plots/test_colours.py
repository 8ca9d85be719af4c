"""Colours are mixed, and taken from the map, as matplotlib does both."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_hex

from perfmon_analyze.plots import colours


@pytest.mark.parametrize("count", [1, 2, 10, 40, 300])
def test_the_scale_is_viridis(count: int) -> None:
    """Colour by colour, up to where it is hard to see on white."""
    assert colours.scale(count) == [to_hex(colour) for colour in colormaps["viridis"](np.linspace(0, 0.92, count))]


@pytest.mark.parametrize(
    ("colour", "share", "mixed"),
    [("#000000", 0.4, "#666666"), ("#1A5276", 0.0, "#1a5276"), ("red", 0.5, "#ff8080"), ("0.5", 1.0, "#ffffff")],
)
def test_lighter(colour: str, share: float, mixed: str) -> None:
    """A share of white; the colour may be anything that matplotlib knows."""
    assert colours.lighter(colour, share) == mixed


def test_mixed() -> None:
    """A share of the other colour."""
    assert colours.mixed("#ff0000", "#0000ff", 0.25) == "#bf0040"
