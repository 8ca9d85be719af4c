"""Derivatives found by trying, to hold those against that were worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from sae.device import Array, Parameters

_STEP = 1e-6


def as_doubles(parameters: Parameters) -> Parameters:
    """The same parameters, precise enough to see small differences; those that are all 0 become random."""
    random = np.random.default_rng(7)
    return {
        name: (values if values.any() else 0.1 * random.standard_normal(values.shape)).astype(np.float64)
        for name, values in parameters.items()
    }


def central_differences(loss: Callable[[], float], values: Array) -> npt.NDArray[np.float64]:
    """How a loss changes with each of some values, which are moved and put back one after another."""
    found = np.zeros(values.shape)
    for index in np.ndindex(values.shape):
        kept = values[index]
        values[index] = kept + _STEP
        above = loss()
        values[index] = kept - _STEP
        found[index] = (above - loss()) / (2 * _STEP)
        values[index] = kept
    return found
