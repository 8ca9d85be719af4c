"""A TopK sparse autoencoder (Gao et al., 2024, "Scaling and evaluating sparse autoencoders")."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sae import checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sae.device import Array, Device, Parameters


class Pass(NamedTuple):
    """One forward pass: what went in (n, width), the features (n, features), and what came out (n, width)."""

    normalised: Array
    features: Array
    reconstruction: Array

    def loss(self) -> float:
        """Mean squared error over rows and dimensions, in units of the layer's variance."""
        return float(((self.reconstruction - self.normalised) ** 2).mean())


class SparseAutoencoder:
    """An autoencoder of one layer's activations, of which at most `k` features are above 0 in any row.

    Activations are first normalised: less `mean` (width,), over the number `scale`, so that their variance over all
    dimensions is 1. A reconstruction is the sum of the decoder's rows, each of length 1, weighted by the features.
    """

    def __init__(self, parameters: Parameters, mean: Array, scale: float, k: int, device: Device) -> None:
        self.parameters = {name: device.asarray(values) for name, values in parameters.items()}
        self.mean = device.asarray(mean)
        self.scale = scale
        self.k = k
        self.device = device

    def normalise(self, activations: Array) -> Array:
        """Activations (n, width) in units of their standard deviation."""
        return (activations - self.mean) / self.scale

    def encode(self, normalised: Array) -> Array:
        """Features (n, features): the `k` largest of each row, none of them below 0."""
        p = self.parameters
        kept = self.device.keep_largest(normalised @ p["encoder"] + p["encoder_bias"], self.k)
        return kept.clip(min=0)

    def forward(self, normalised: Array) -> Pass:
        """Encode and decode."""
        p = self.parameters
        features = self.encode(normalised)
        return Pass(normalised, features, features @ p["decoder"] + p["decoder_bias"])

    def backward(self, done: Pass) -> Parameters:
        """Gradient of the mean squared error (over rows and dimensions) with respect to each parameter."""
        rows, width = done.normalised.shape
        error = (done.reconstruction - done.normalised) * (2 / (rows * width))
        inner = (error @ self.parameters["decoder"].T) * (done.features > 0)
        return {
            "decoder": done.features.T @ error,
            "decoder_bias": error.sum(axis=0),
            "encoder": done.normalised.T @ inner,
            "encoder_bias": inner.sum(axis=0),
        }

    def constrain(self) -> None:
        """Bring the decoder's rows back to length 1, or L1 could shrink with nothing gained."""
        self.parameters["decoder"] /= _lengths(self.parameters["decoder"])


class Evaluation(NamedTuple):
    """How well an autoencoder does on activations that it did not learn from.

    `r2` is the fraction of variance explained, over all dimensions together; `dead_ratio` the share of features that
    never fired; `l1` the mean over rows of the sum of the features, in units of the normalised activations.
    """

    r2: float
    dead_ratio: float
    l1: float


def evaluate(autoencoder: SparseAutoencoder, batches: Iterable[Array]) -> Evaluation:
    """Evaluate over batches of activations (n, width)."""
    rows, residual, l1 = 0, 0.0, 0.0
    zeros_like = autoencoder.device.xp.zeros_like
    total, squares = zeros_like(autoencoder.mean), zeros_like(autoencoder.mean)
    fired = zeros_like(autoencoder.parameters["encoder_bias"])
    for batch in batches:
        done = autoencoder.forward(autoencoder.normalise(batch))
        rows += len(batch)
        residual += float(((done.normalised - done.reconstruction) ** 2).sum())
        l1 += float(done.features.sum())
        total = total + done.normalised.sum(axis=0)
        squares = squares + (done.normalised**2).sum(axis=0)
        fired = fired + (done.features > 0).sum(axis=0)
    variance = float((squares - total**2 / rows).sum())
    return Evaluation(1 - residual / variance, float((fired == 0).sum()) / len(fired), l1 / rows)


def create(activations: Array, *, features: int, k: int, seed: int, device: Device) -> SparseAutoencoder:
    """An untrained autoencoder, its normalisation taken from a sample of activations (n, width).

    The encoder begins as the decoder's transpose, which leaves few features dead (Gao et al., 2024, appendix A).
    """
    mean = activations.mean(axis=0)
    scale = float((activations - mean).std())
    decoder = np.random.default_rng(seed).standard_normal((features, activations.shape[1])).astype(np.float32)
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    parameters = {
        "decoder": decoder,
        "decoder_bias": np.zeros_like(mean),
        "encoder": decoder.T.copy(),
        "encoder_bias": np.zeros(features, np.float32),
    }
    return SparseAutoencoder(parameters, mean, scale, k, device)


def save(path: Path, autoencoder: SparseAutoencoder) -> None:
    """Write an autoencoder to a file.

    Raises:
        OSError: the file cannot be written.
    """
    arrays = {**autoencoder.parameters, "mean": autoencoder.mean}
    facts = {"scale": autoencoder.scale, "k": autoencoder.k}
    checkpoint.save(path, {name: autoencoder.device.numpy(values) for name, values in arrays.items()}, facts)


def load(path: Path, device: Device) -> SparseAutoencoder:
    """Read an autoencoder.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds something else.
    """
    arrays, facts = checkpoint.load(path)
    try:
        mean, scale, k = arrays.pop("mean"), float(str(facts["scale"])), int(str(facts["k"]))
    except KeyError as error:
        raise ValueError(f"{path} does not hold an autoencoder") from error
    return SparseAutoencoder(arrays, mean, scale, k, device)


def _lengths(rows: Array) -> Array:
    lengths: Array = (rows * rows).sum(axis=1, keepdims=True) ** 0.5
    return lengths
