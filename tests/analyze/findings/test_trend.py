"""The interval of a slope, against series whose slope is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from perfmon_analyze.findings.trend import trend

COUNT, REPETITIONS = 600, 300
T = np.arange(COUNT, dtype=np.float64)


def test_a_straight_line() -> None:
    """Without noise the interval is the slope."""
    found = trend(T, 3.0 + 0.5 * T)

    assert pytest.approx(found[:3]) == (0.5, 0.5, 0.5)
    assert found.rises_throughout(0.3)
    assert not found.rises_throughout(0.35)


@pytest.mark.parametrize("memory", [0.0, 0.9])
def test_coverage(memory: float) -> None:
    """Of 300 intervals about 95 % hold the slope, though neighbouring samples are alike; the seed is fixed."""
    generator = np.random.default_rng(7)
    noise = lfilter([1.0], [1.0, -memory], generator.normal(size=(REPETITIONS, COUNT)))
    found = [trend(T, 0.02 * T + own) for own in noise]
    held = sum(one.low <= 0.02 <= one.high for one in found)

    assert 0.91 <= held / REPETITIONS <= 0.98
