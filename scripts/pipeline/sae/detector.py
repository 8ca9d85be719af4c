"""A linear detector on an autoencoder's features: is this position in the indentation of a line?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sae import checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from sae.device import Array, Device

_RIDGE = 0.01  # added to the covariance's diagonal, as a share of its mean


class Detector(NamedTuple):
    """Weights (features,) of a linear score; what scores above the threshold is detected."""

    weights: Array
    threshold: float

    def score(self, features: Array) -> Array:
        """Scores (n,) of rows of features (n, features)."""
        return features @ self.weights

    def save(self, path: Path, device: Device) -> None:
        """Write the detector to a file.

        Raises:
            OSError: the file cannot be written.
        """
        checkpoint.save(path, {"weights": device.numpy(self.weights)}, {"threshold": self.threshold})


def load(path: Path, device: Device) -> Detector:
    """Read a detector.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds something else.
    """
    arrays, facts = checkpoint.load(path)
    try:
        return Detector(device.asarray(arrays["weights"]), float(str(facts["threshold"])))
    except KeyError as error:
        raise ValueError(f"{path} does not hold a detector") from error


class Quality(NamedTuple):
    """Share of the detected that are right, and share of those to detect that were."""

    precision: float
    recall: float


def fit(features: Array, labels: Array, device: Device) -> Detector:
    """Ridge regression of labels (n,), 0 or 1, on features (n, features).

    The threshold is where as many rows are detected as have label 1.
    """
    centred = features - features.mean(axis=0)
    covariance = centred.T @ centred
    diagonal = device.xp.diag(device.xp.ones_like(covariance[0]))
    ridge = _RIDGE * float((covariance * diagonal).sum()) / len(covariance)
    weights = device.xp.linalg.solve(covariance + ridge * diagonal, centred.T @ (labels - labels.mean()))
    detected = 1 - float(labels.mean())
    return Detector(weights, float(np.quantile(device.numpy(features @ weights), detected)))


def quality(detected: Array, labels: Array) -> Quality:
    """How right detections (n,) are, given the labels (n,); 0 where nothing was detected or is to be."""
    right = float((detected & labels).sum())
    return Quality(right / max(float(detected.sum()), 1.0), right / max(float(labels.sum()), 1.0))
