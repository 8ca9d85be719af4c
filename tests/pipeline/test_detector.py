"""The linear detector: what it learns, and how its quality is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sae import detector
from sae.detector import Quality
from sae.device import Cpu

if TYPE_CHECKING:
    from pathlib import Path


def test_finds_the_feature_that_tells() -> None:
    """Where one feature is the label itself, it gets the largest weight and all is detected that should be."""
    random = np.random.default_rng(0)
    features = random.uniform(0, 1, (400, 5))
    features[:, 3] = random.uniform(0, 1, 400) < 0.2
    labels = features[:, 3].copy()

    fitted = detector.fit(features, labels, Cpu())

    assert fitted.weights.argmax() == 3
    assert detector.quality(fitted.score(features) > fitted.threshold, labels > 0).recall > 0.9


def test_precision_and_recall() -> None:
    """Two of three detected are right, and two of four were found; nothing at all counts as 0."""
    labels = np.array([True, True, True, True, False, False])

    assert detector.quality(np.array([True, True, False, False, True, False]), labels) == Quality(2 / 3, 2 / 4)
    assert detector.quality(np.zeros(6, bool), labels) == Quality(0, 0)


def test_a_saved_detector_scores_the_same(tmp_path: Path) -> None:
    """What is read from a file is what was written to it."""
    made = detector.Detector(np.array([1, 2], np.float32), 0.25)

    made.save(tmp_path / "L2.npz", Cpu())
    loaded = detector.load(tmp_path / "L2.npz", Cpu())

    assert (loaded.weights.tolist(), loaded.threshold) == ([1, 2], 0.25)
