"""What watches a layer while the language model works: an autoencoder, and a detector on its features."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sae import checkpoint, detector, shards, sparse_autoencoder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from sae.detector import Detector
    from sae.device import Array, Device
    from sae.sparse_autoencoder import SparseAutoencoder
    from sae.text import Positions

# One row for each feature that is active at a detected position of the text.
DETECTION = np.dtype([("position", "i8"), ("score", "f4"), ("feature", "i4"), ("value", "f4")])


class Watcher(NamedTuple):
    """A layer, and what it is watched by."""

    layer: str
    autoencoder: SparseAutoencoder
    detector: Detector

    def watch(self, residual: Sequence[Array], positions: Positions) -> npt.NDArray[np.void]:
        """The DETECTION rows of a batch: of the residual stream (n, width) after each layer, at some positions (n,)."""
        autoencoder = self.autoencoder
        numpy = autoencoder.device.numpy
        features = autoencoder.encode(autoencoder.normalise(residual[int(self.layer[1:])]))
        scores = self.detector.score(features)
        detected = scores > self.detector.threshold
        kept = numpy(features[detected])
        row, feature = np.nonzero(kept)
        found = np.empty(len(row), DETECTION)
        found["position"] = positions[numpy(detected)][row]
        found["score"] = numpy(scores[detected])[row]
        found["feature"] = feature
        found["value"] = kept[row, feature]
        return found


def load_watchers(folder: Path, layers: Sequence[str] | None, device: Device) -> list[Watcher]:
    """The watchers of some layers, or of the last one that train_sae.py left in a folder.

    Raises:
        OSError: there is none, or it cannot be read.
        ValueError: a file holds something else.
    """
    return [
        Watcher(
            layer,
            sparse_autoencoder.load(checkpoint.latest(folder / layer, "train_sae.py"), device),
            detector.load(folder / "detectors" / f"{layer}.npz", device),
        )
        for layer in layers or shards.layers(folder, "train_sae.py")[-1:]
    ]
