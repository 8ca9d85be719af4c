"""A small language model over bytes: a residual MLP that guesses the next byte from the ones before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sae import checkpoint, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sae.device import Array, Device, Parameters
    from sae.text import Bytes, Positions

_BYTES = 256
_EPSILON = 1e-6  # keeps the norm of an all-zero row from dividing by zero


class Size(NamedTuple):
    """How large a model is: bytes it looks back on, and the widths and number of its layers."""

    context: int
    embedding: int
    width: int
    hidden: int
    layers: int


# The name tells the parameters, in millions.
SIZES = {
    "tiny-0.4M": Size(context=16, embedding=16, width=128, hidden=320, layers=4),
    "tiny-1.0M": Size(context=32, embedding=16, width=192, hidden=384, layers=6),
}


class Trace(NamedTuple):
    """What a forward pass computed, kept for the way back.

    `residual[i]` is the residual stream (n, width) after layer i, 0 being the input; `normed` and `hidden` hold
    each layer's inside, and `output` the normed stream that the logits (n, 256) are read from.
    """

    windows: Array
    embedded: Array
    residual: list[Array]
    normed: list[tuple[Array, Array]]
    hidden: list[Array]
    output: tuple[Array, Array]
    logits: Array


def initial_parameters(size: Size, seed: int) -> Parameters:
    """Random weights of variance 1 / inputs, those that write to the residual stream smaller the deeper the model."""
    random = np.random.default_rng(seed)

    def weights(inputs: int, outputs: int, gain: float = 1.0) -> Array:
        normal: Array = random.standard_normal((inputs, outputs)) * (gain / inputs**0.5)
        return normal.astype(np.float32)

    parameters = {
        "embedding": weights(_BYTES, size.embedding, gain=_BYTES**0.5),
        "in": weights(size.context * size.embedding, size.width),
        "out": weights(size.width, _BYTES),
        "out_bias": np.zeros(_BYTES, np.float32),
    }
    for layer in range(1, size.layers + 1):
        parameters[f"up{layer}"] = weights(size.width, size.hidden)
        parameters[f"up_bias{layer}"] = np.zeros(size.hidden, np.float32)
        parameters[f"down{layer}"] = weights(size.hidden, size.width, gain=size.layers**-0.5)
        parameters[f"down_bias{layer}"] = np.zeros(size.width, np.float32)
    return parameters


class LanguageModel:
    """A model's parameters on a device.

    Each layer is `x + down(relu(up(norm(x))))`, as in a transformer without attention; norm is RMSNorm without a
    gain (Zhang and Sennrich, 2019).
    """

    def __init__(self, parameters: Parameters, size: Size, device: Device) -> None:
        self.size = size
        self.device = device
        self.parameters = {name: device.asarray(values) for name, values in parameters.items()}

    def forward(self, windows: Array) -> Trace:
        """Run windows of bytes (n, context) through all layers."""
        p = self.parameters
        embedded = p["embedding"][windows].reshape(len(windows), -1)
        residual, normed, hidden = [embedded @ p["in"]], [], []
        for layer in range(1, self.size.layers + 1):
            normed.append(self._norm(residual[-1]))
            hidden.append((normed[-1][0] @ p[f"up{layer}"] + p[f"up_bias{layer}"]).clip(min=0))
            residual.append(residual[-1] + hidden[-1] @ p[f"down{layer}"] + p[f"down_bias{layer}"])
        output = self._norm(residual[-1])
        logits = output[0] @ p["out"] + p["out_bias"]
        return Trace(windows, embedded, residual, normed, hidden, output, logits)

    def read(self, source: Bytes, positions: Positions) -> tuple[Trace, Array]:
        """Run the windows before some positions of a text; beside the trace, the bytes (n,) that stand there."""
        before = text.windows(source, positions, self.size.context)
        targets = source[positions].astype(np.int64)
        return self.forward(self.device.asarray(before)), self.device.asarray(targets)

    def losses(self, trace: Trace, targets: Array) -> Array:
        """Cross-entropy of each guess (n,), in nats."""
        losses: Array = -self._log_softmax(trace.logits)[self.device.xp.arange(len(targets)), targets]
        return losses

    def backward(self, trace: Trace, targets: Array) -> Parameters:
        """Gradient of the mean loss over the batch with respect to each parameter."""
        p, xp = self.parameters, self.device.xp
        error = xp.exp(self._log_softmax(trace.logits))
        error[xp.arange(len(targets)), targets] -= 1
        error /= len(targets)
        gradients = {"out": trace.output[0].T @ error, "out_bias": error.sum(axis=0)}
        stream = self._norm_backward(error @ p["out"].T, *trace.output)
        for layer in range(self.size.layers, 0, -1):
            stream = self._layer_backward(layer, stream, trace, gradients)
        gradients["in"] = trace.embedded.T @ stream
        gradients["embedding"] = xp.zeros_like(p["embedding"])
        rows = (stream @ p["in"].T).reshape(-1, self.size.embedding)
        self.device.add_rows(gradients["embedding"], trace.windows.reshape(-1), rows)
        return gradients

    def _layer_backward(self, layer: int, stream: Array, trace: Trace, gradients: Parameters) -> Array:
        """Gradient with respect to a layer's input, from the one with respect to its output."""
        hidden, normed = trace.hidden[layer - 1], trace.normed[layer - 1]
        inner = (stream @ self.parameters[f"down{layer}"].T) * (hidden > 0)
        gradients[f"down{layer}"] = hidden.T @ stream
        gradients[f"down_bias{layer}"] = stream.sum(axis=0)
        gradients[f"up{layer}"] = normed[0].T @ inner
        gradients[f"up_bias{layer}"] = inner.sum(axis=0)
        return stream + self._norm_backward(inner @ self.parameters[f"up{layer}"].T, *normed)

    def _log_softmax(self, logits: Array) -> Array:
        xp = self.device.xp
        shifted = logits - xp.amax(logits, axis=1, keepdims=True)
        difference: Array = shifted - xp.log(xp.exp(shifted).sum(axis=1, keepdims=True))
        return difference

    def _norm(self, x: Array) -> tuple[Array, Array]:
        """Rows of root mean square 1, and what they were divided by."""
        scale = self.device.xp.sqrt((x * x).mean(axis=1, keepdims=True) + _EPSILON)
        return x / scale, scale

    def _norm_backward(self, gradient: Array, normed: Array, scale: Array) -> Array:
        result: Array = (gradient - normed * (gradient * normed).mean(axis=1, keepdims=True)) / scale
        return result


def save(path: Path, model: LanguageModel, facts: Mapping[str, object]) -> None:
    """Write a model to a file; the facts name it under `model`.

    Raises:
        OSError: the file cannot be written.
    """
    arrays = {key: model.device.numpy(values) for key, values in model.parameters.items()}
    checkpoint.save(path, arrays, facts)


def load(path: Path, name: str, device: Device) -> LanguageModel:
    """Read a model of the size that `name` says.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds something else.
    """
    saved = checkpoint.load(path)
    if saved.facts.get("model") != name:
        raise ValueError(f"{path} holds {saved.facts.get('model')}, not {name}")
    return LanguageModel(saved.arrays, SIZES[name], device)
