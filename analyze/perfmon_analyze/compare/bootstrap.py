"""How far a statistic of one run would move if the run were repeated under the same conditions: block bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfmon_analyze.derive.arrays import Array

REPETITIONS = 1000
INDEPENDENT = 10.0  # independent samples below which no interval holds what it says (scripts/compare-coverage)
BLOCK = 4.0  # blocks are at least so many times as long as the noise remembers, so that they cut little of it
LONGEST = 0.25  # of the series: four blocks are the fewest that tell of a spread
SAMPLES = 30
_PARTS = 8


class TooFew(ValueError):
    """The samples are too few, or too much alike, for an interval; the text says which."""


class BootstrapErrors(NamedTuple):
    """The standard error of each statistic over the noise within one run, and its degrees of freedom.

    `independent` is the number of independent samples that are worth as much as these.
    """

    errors: Array
    freedom: float
    independent: float


def bootstrap_errors(
    series: tuple[Array, ...], statistics: Callable[..., Array], block_series: Array
) -> BootstrapErrors:
    """Standard errors by the circular block bootstrap of Politis and Romano (1992), blocks of one length.

    `series` are resampled together and given to `statistics`. The autocorrelation of `block_series` sets the length of
    the blocks: that of Politis and White (2004) with Patton's correction (2009), and at least four times the
    autocorrelation time, which short series need. The variance is divided by 1 - b/n, for the blocks' common mean takes
    b/n of it; degrees of freedom are n/b - 1, for so many blocks there are.

    Raises:
        ModuleNotFoundError: arch is not installed; it comes with the extra `compare`.
        TooFew: no interval would hold.
    """
    count = len(block_series)
    if count < SAMPLES:
        raise TooFew(f"{count} samples after the warm-up, {SAMPLES} are needed")
    memory = autocorrelation_time(block_series)
    independent = count / max(memory, _wandering_time(block_series))
    if independent < INDEPENDENT:
        raise TooFew(f"it wanders: {count} samples in a row are worth {max(independent, 1):.0f} independent ones")
    if not np.ptp(block_series):
        return BootstrapErrors(np.zeros(len(statistics(*series))), float(count - 1), float(count))
    block = _block(block_series, memory)
    from arch.bootstrap import CircularBlockBootstrap  # noqa: PLC0415 - an extra, and takes a second

    generator = np.random.default_rng(0)  # the same runs give the same interval
    drawn = CircularBlockBootstrap(block, *series, seed=generator).apply(statistics, REPETITIONS)
    errors = drawn.std(axis=0, ddof=1) / np.sqrt(1 - block / count)
    return BootstrapErrors(errors, max(count / block - 1, 1.0), independent)


def autocorrelation_time(values: Array) -> float:
    """Samples in a row that are worth one independent one: (1 + r) / (1 - r) of a first-order autoregression.

    The lag-1 correlation r is corrected for its bias of -(1 + 3 r) / n (Kendall 1954); at least 1.
    """
    rest = values - values.mean()
    power = float((rest**2).sum())
    if not power:
        return 1.0
    found = float((rest[1:] * rest[:-1]).sum()) / power
    corrected = min(max(found + (1 + 3 * found) / len(rest), 0.0), 0.9999)
    return (1 + corrected) / (1 - corrected)


def _wandering_time(values: Array) -> float:
    """The same from the spread of the means of eighths, which steps and trends move, however calm they are between."""
    spread = float(values.var())
    means = np.array([part.mean() for part in np.array_split(values, _PARTS)])
    return len(values) / _PARTS * float(means.var(ddof=1)) / spread if spread else 1.0


def _block(values: Array, memory: float) -> int:
    from arch.bootstrap import optimal_block_length  # noqa: PLC0415 - as above

    advised = float(optimal_block_length(values)["circular"].iloc[0])
    least = BLOCK * memory if memory > 1.3 else 1.0  # as much as white noise of a few dozen samples shows by chance
    return int(np.clip(np.ceil(max(advised, least)), 1, LONGEST * len(values)))
