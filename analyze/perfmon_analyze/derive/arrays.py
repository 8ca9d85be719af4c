"""What all formulas take: arrays of numbers, in which NaN is not known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def finite(values: Array) -> Array:
    """The values that are known; where all are, the array itself."""
    known = np.isfinite(values)
    return values if known.all() else values[known]
