"""The arrays that all formulas take: float64, in which NaN means not known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def finite(values: Array) -> Array:
    """The values that are neither NaN nor infinite; the array itself if all are."""
    known = np.isfinite(values)
    return values if known.all() else values[known]
