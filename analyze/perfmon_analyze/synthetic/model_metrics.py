"""What a training loop logs at the end of each epoch: the metric table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.noise import coloured_noise
from perfmon_analyze.synthetic.timeline import WorkKind

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.timeline import Timeline
    from perfmon_analyze.synthetic.training import Rhythm

METRICS = ("loss", "r2", "dead_features_percent", "l1")


def metric_columns(
    timeline: Timeline, layers: tuple[str, ...], rhythm: Rhythm, streams: RandomStreams
) -> dict[str, np.ndarray]:
    """Rows of the metric table, one per autoencoder, epoch and metric, in the order in which they were logged."""
    ends = np.round(timeline.spans(WorkKind.EVALUATE)[:, 1], 4)
    values = np.concatenate([_curves(layer, rhythm.epochs, streams) for layer in layers])
    return {
        "t": np.repeat(ends, len(METRICS)),
        "series": np.repeat(np.array(layers, dtype=object), rhythm.epochs * len(METRICS)),
        "epoch": np.tile(np.repeat(np.arange(rhythm.epochs, dtype=np.float64), len(METRICS)), len(layers)),
        "name": np.tile(np.array(METRICS, dtype=object), len(ends)),
        "value": values.ravel(),
    }


def _curves(layer: str, epochs: int, streams: RandomStreams) -> Floats:
    """One row per epoch, a column per metric.

    The loss falls as a power of the epochs, to a floor that is higher in deeper layers, whose activations vary more;
    R² follows from it. Dead features become many while the first ones win, and are then revived.
    """
    random = streams.stream(f"metrics {layer}")
    depth = int(layer.removeprefix("L")) / 40
    epoch = np.arange(epochs, dtype=np.float64)
    fall = (1 + epoch / 1.3) ** -1.25
    floor = 0.008 + 0.03 * depth**2
    loss = (floor + (0.16 + 0.22 * depth) * fall) * np.exp(0.02 * coloured_noise(random, epochs, 1.5))
    r2 = 1 - loss / (3.2 + 1.4 * depth) * np.exp(0.02 * coloured_noise(random, epochs, 1.5))
    dead = 0.5 + 1.4 * depth + (6 + 5 * depth) * epoch / 3 * np.exp(1 - epoch / 3) / 2
    dead *= np.exp(0.05 * coloured_noise(random, epochs, 2))
    l1 = (6.2 + 3 * depth + 5.5 * fall) * np.exp(0.01 * coloured_noise(random, epochs, 2))
    return np.column_stack([loss, r2, dead, l1])
