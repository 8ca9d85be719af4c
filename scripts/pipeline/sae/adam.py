"""The Adam optimiser (Kingma and Ba, 2015, algorithm 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sae.device import Device, Parameters


class Adam:
    """The moments of one set of parameters, which `step` changes in place."""

    def __init__(self, parameters: Parameters, device: Device, *, beta1: float = 0.9, beta2: float = 0.999) -> None:
        self._parameters = parameters
        self._sqrt = device.xp.sqrt
        self._betas = beta1, beta2
        self._first = {name: device.xp.zeros_like(values) for name, values in parameters.items()}
        self._second = {name: device.xp.zeros_like(values) for name, values in parameters.items()}
        self._steps = 0

    def step(self, gradients: Parameters, rate: float) -> None:
        """Move each parameter against its gradient."""
        self._steps += 1
        beta1, beta2 = self._betas
        rate *= (1 - beta2**self._steps) ** 0.5 / (1 - beta1**self._steps)  # both bias corrections in one
        for name, gradient in gradients.items():
            first, second = self._first[name], self._second[name]
            first *= beta1
            first += (1 - beta1) * gradient
            second *= beta2
            second += (1 - beta2) * gradient * gradient
            self._parameters[name] -= rate * first / (self._sqrt(second) + 1e-8)


def decaying(rate: float, step: int, steps: int) -> float:
    """The learning rate at a step: full at first, then down in a straight line, to almost nothing at the end."""
    return rate * min(1.0, 1.25 * (1 - step / steps))
