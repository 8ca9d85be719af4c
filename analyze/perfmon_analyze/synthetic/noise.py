"""Random streams, one for each signal, and autocorrelated noise."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float64]


class RandomStreams:
    """Random streams that depend only on the seed, the names of the run and the name of the signal.

    Adding a signal, or drawing signals in another order, leaves all others unchanged.
    """

    def __init__(self, seed: int, *names: str | None) -> None:
        self._entropy = [seed, *(crc32(repr(name).encode()) for name in names)]

    def stream(self, signal: str) -> np.random.Generator:
        """The generator of one signal, at its beginning."""
        return np.random.default_rng([*self._entropy, crc32(signal.encode())])


def coloured_noise(random: np.random.Generator, count: int, memory: float) -> Floats:
    """Noise of mean 0 and variance 1: a first-order autoregression with a time constant of `memory` values."""
    gain = -np.expm1(-1 / memory)
    spread = np.sqrt(gain / (2 - gain))
    white = random.standard_normal(count)
    white[:1] *= spread  # so that it begins in its steady state
    return np.asarray(smoothed(white, memory) / spread)


def smoothed(values: Floats, memory: float) -> Floats:
    """Values after a first-order low-pass filter with a time constant of `memory` values."""
    return pd.Series(values).ewm(alpha=-np.expm1(-1 / memory), adjust=False).mean().to_numpy(np.float64)


def shares(random: np.random.Generator, shape: int | Sequence[int], spread: float) -> Floats:
    """Positive parts that add up to 1 along the last axis, log-normally uneven; equal with a spread of 0."""
    parts = np.exp(spread * random.standard_normal(shape))
    return np.asarray(parts / parts.sum(axis=-1, keepdims=True))
