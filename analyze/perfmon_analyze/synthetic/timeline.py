"""A job as a sequence of segments of constant load, which is sampled at any time."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from perfmon_analyze.synthetic.noise import Floats


class WorkKind(IntEnum):
    """The kind of work in a segment."""

    IMPORT = 0  # libraries come in; the GPU is not touched
    CONTEXT = 1  # the CUDA context is made
    LOAD = 2  # weights go to the GPU
    WARM_UP = 3  # first batch: kernels are chosen, the allocator grows
    WORK = 4
    PAUSE = 5  # the GPU waits a moment: a log line, a transfer, an epoch's start
    WRITE = 6  # a shard or a checkpoint goes to the disk
    EVALUATE = 7
    PREPARE = 8  # the next batch is made ready
    END = 9  # results are closed, the interpreter ends


# kind, length, then the loads: GPU busy and its memory busy (0 to 1), how hard the GPU works while it is busy (0 to
# 1 of its power range), CPU cores in use, bytes per second read from and written to storage.
COLUMNS = ("kind", "seconds", "busy", "memory_busy", "heat", "cores", "read", "write")


def segments(
    kind: WorkKind,
    seconds: npt.ArrayLike,
    *,
    busy: npt.ArrayLike = 0.0,
    memory_busy: npt.ArrayLike = 0.0,
    heat: npt.ArrayLike = 0.0,
    cores: npt.ArrayLike = 1.0,
    read: npt.ArrayLike = 0.0,
    write: npt.ArrayLike = 0.0,
) -> Floats:
    """Segments of one kind, of the shape of `seconds`, with their columns along a further axis."""
    columns = np.broadcast_arrays(float(kind), seconds, busy, memory_busy, heat, cores, read, write)
    return np.asarray(np.stack(columns, axis=-1), dtype=np.float64)


def in_turn(*parts: Floats) -> Floats:
    """Segments of equal shape one after the other, in turn: `(n, 8)` parts make `(parts x n, 8)`."""
    return np.stack(parts, axis=-2).reshape(*parts[0].shape[:-2], -1, len(COLUMNS))


class Timeline:
    """The segments of a job from its start to its end."""

    def __init__(self, *parts: Floats) -> None:
        table = np.concatenate([part.reshape(-1, len(COLUMNS)) for part in parts])
        self._kind = table[:, 0]
        # to 0.1 microseconds: so many lengths add up to the whole with an error of rounding
        self._edges = np.concatenate([[0.0], np.cumsum(table[:, 1])]).round(7)
        self._sums = np.vstack([np.zeros(len(COLUMNS)), np.cumsum(table * table[:, 1:2], axis=0)])

    @property
    def duration(self) -> float:
        """Length of the whole, in seconds."""
        return float(self._edges[-1])

    def spans(self, kind: WorkKind) -> Floats:
        """Begin and end of every segment of a kind, in seconds, shaped `(n, 2)`."""
        found = self._kind == kind
        return np.column_stack([self._edges[:-1][found], self._edges[1:][found]])

    def total(self, load: str, t: Floats) -> Floats:
        """A load summed up from the start to each `t`: seconds busy, core seconds, bytes."""
        return np.asarray(np.interp(t, self._edges, self._sums[:, COLUMNS.index(load)]))

    def mean(self, load: str, t: Floats, window: float) -> Floats:
        """A load's mean over the `window` seconds before each `t`, as a driver's counter shows it."""
        return np.asarray((self.total(load, t) - self.total(load, t - window)) / window)

    def cells(self, load: str, step: float) -> Floats:
        """A load's mean in each cell of an even grid of `step` seconds that covers the whole."""
        return np.diff(self.total(load, grid(self.duration, step))) / step


def grid(duration: float, step: float) -> Floats:
    """The edges of the cells of `step` seconds that cover a duration."""
    return np.asarray(step * np.arange(int(np.ceil(duration / step)) + 1), dtype=np.float64)
