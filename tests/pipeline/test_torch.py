"""PyTorch in numpy's place; where it is not installed there is nothing to test."""

from __future__ import annotations

import numpy as np
import pytest

from sae import detector, language_model, sparse_autoencoder
from sae.adam import Adam
from sae.device import Cpu, Device, Torch
from sae.language_model import LanguageModel, Size

pytest.importorskip("torch")

_SIZE = Size(context=4, embedding=3, width=8, hidden=16, layers=2)
_TEXT = np.frombuffer(b"def f(x):\n    return x\n" * 40, np.uint8)
_POSITIONS = np.arange(10, 200)


def _train(device: Device) -> list[float]:
    """What all parts of the pipeline find on a device, a few steps into their training."""
    model = LanguageModel(language_model.initial_parameters(_SIZE, 0), _SIZE, device)
    optimiser = Adam(model.parameters, device)
    for _ in range(3):
        trace, targets = model.read(_TEXT, _POSITIONS)
        optimiser.step(model.backward(trace, targets), 0.01)
    loss = float(model.losses(trace, targets).mean())

    activations = trace.residual[1]
    autoencoder = sparse_autoencoder.create(device.numpy(activations), features=16, k=3, seed=0, device=device)
    optimiser = Adam(autoencoder.parameters, device)
    for _ in range(3):
        done = autoencoder.forward(autoencoder.normalise(activations))
        optimiser.step(autoencoder.backward(done), 0.01)
        autoencoder.constrain()
    labels = device.asarray((_TEXT[_POSITIONS] == ord(" ")).astype(np.float32))
    fitted = detector.fit(done.features, labels, device)
    quality = detector.quality(fitted.score(done.features) > fitted.threshold, labels > 0)
    return [loss, done.loss(), *sparse_autoencoder.evaluate(autoencoder, [activations]), *quality]


def test_finds_the_same_numbers() -> None:
    """Losses, gradients, evaluation and detector are those that numpy computes, but for rounding."""
    assert _train(Torch("cpu")) == pytest.approx(_train(Cpu()), rel=1e-3, abs=1e-4)
