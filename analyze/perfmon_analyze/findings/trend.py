"""The trend of a level over time, with an interval that holds although neighbouring samples are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from perfmon_analyze.derive.arrays import Array

BLOCKS = 20
_T = 2.101  # 97.5 % quantile of Student's t with 20 - 2 degrees of freedom


class Trend(NamedTuple):
    """Slope per second with its 95 % interval, and the level in each quarter of the time."""

    slope: float
    low: float
    high: float
    quarters: tuple[float, float, float, float]

    @property
    def growth(self) -> float:
        """The level of the last quarter minus that of the first."""
        return self.quarters[3] - self.quarters[0]

    def rises_throughout(self, share: float) -> bool:
        """Whether each quarter lies above the one before by at least this share of the whole growth.

        Steps, plateaus and what flattens out do not; what leaks does.
        """
        return self.growth > 0 and min(np.diff(self.quarters)) >= share * self.growth


def trend(t: Array, values: Array) -> Trend:
    """The least-squares line through the means of 20 blocks of equal length.

    Means of blocks that are longer than the noise's memory are nearly independent (batch means: Law, "Simulation
    Modeling and Analysis", 5th ed., 9.5.3). What is left of the memory widens the interval as in a first-order
    autoregression, by (1 + r) / (1 - r) with the lag-1 correlation r of the residuals, corrected for its bias
    of -(1 + 3 r) / n (Kendall, "Note on bias in the estimation of autocorrelation", 1954).
    """
    centres, means = _blocks(t, values)
    middle = centres.mean()
    spread = float(((centres - middle) ** 2).sum())
    slope = float(((centres - middle) * (means - means.mean())).sum()) / spread
    rest = means - means.mean() - slope * (centres - middle)
    error = np.sqrt(float((rest**2).sum()) / (len(centres) - 2) / spread * _inflation(rest))
    return Trend(slope, slope - _T * error, slope + _T * error, _quarters(t, values))


def _blocks(t: Array, values: Array) -> tuple[Array, Array]:
    edges = np.linspace(t[0], t[-1], BLOCKS + 1)
    block = np.clip(np.searchsorted(edges, t, side="right") - 1, 0, BLOCKS - 1)
    count = np.bincount(block, minlength=BLOCKS)
    if not count.all():
        raise ValueError(f"a twentieth of the {t[-1] - t[0]:.0f} s has no sample: too many gaps for a trend")
    return np.bincount(block, t, BLOCKS) / count, np.bincount(block, values, BLOCKS) / count


def _inflation(rest: Array) -> float:
    power = float((rest**2).sum())
    if not power:
        return 1.0
    found = float((rest[1:] * rest[:-1]).sum()) / power
    corrected = min(max(found + (1 + 3 * found) / len(rest), 0.0), 0.95)
    return (1 + corrected) / (1 - corrected)


def _quarters(t: Array, values: Array) -> tuple[float, float, float, float]:
    edges = np.linspace(t[0], t[-1], 5)
    one, two, three, four = (float(np.median(values[(t >= edges[i]) & (t <= edges[i + 1])])) for i in range(4))
    return one, two, three, four
