"""VRAM of the job over time: it grows in the steps of an allocator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.timeline import WorkKind

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.timeline import Timeline
    from perfmon_analyze.synthetic.workload import Workload

CARD_BYTES = 81_920 << 20  # an 80 GB card, as the driver reports it
_BLOCK = 2 << 20  # the driver hands out device memory in blocks of 2 MiB
_CONTEXT_MIB = 448
_GROWING_STEPS = 12


def vram_used(timeline: Timeline, workload: Workload, streams: RandomStreams, t: Floats) -> Floats:
    """Bytes of device memory that the job holds at each `t`: 0 before its context and after its end."""
    random = streams.stream("vram")
    times, sizes = zip(
        *[
            _context(timeline),
            _weights(timeline, workload, random),
            _working(timeline, workload, random),
            _growth(timeline, workload, random),
        ],
        strict=True,
    )
    when = np.concatenate(times)
    order = np.argsort(when, kind="stable")
    blocks = np.round(np.concatenate(sizes)[order] * (1 << 20) / _BLOCK)
    allocated = np.concatenate([[0.0], np.cumsum(blocks) * _BLOCK])
    is_freed = t >= timeline.duration - 0.1 * (timeline.duration - timeline.spans(WorkKind.END)[0, 0])
    return np.where(is_freed, 0.0, np.minimum(allocated[np.searchsorted(when[order], t, side="right")], CARD_BYTES))


def _context(timeline: Timeline) -> tuple[Floats, Floats]:
    return timeline.spans(WorkKind.CONTEXT)[:, 0], np.array([_CONTEXT_MIB])


def _weights(timeline: Timeline, workload: Workload, random: np.random.Generator) -> tuple[Floats, Floats]:
    """The weights come block after block while they are read; the last step is at the end of reading."""
    begin, end = timeline.spans(WorkKind.LOAD)[0]
    part = np.linspace(0, 1, 9)[1:]
    return begin + (end - begin) * part, workload.weights_mib * random.dirichlet(np.full(len(part), 30.0))


def _working(timeline: Timeline, workload: Workload, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Memory of the first batches: forward pass, backward pass, optimizer; then it stays."""
    begin, end = timeline.spans(WorkKind.WARM_UP)[0]
    return np.sort(random.uniform(begin, end, 4)), workload.working_mib * random.dirichlet((6.0, 4.0, 3.0, 1.0))


def _growth(timeline: Timeline, workload: Workload, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Growth from ever longer inputs, which come ever more rarely: evenly on a logarithmic scale of time."""
    begin = timeline.spans(WorkKind.WARM_UP)[0, 1]
    left = timeline.duration - begin
    when = begin + left * np.exp(random.uniform(np.log(0.002), np.log(0.9), _GROWING_STEPS))
    return when, workload.growth_mib * random.dirichlet(np.full(_GROWING_STEPS, 0.8))
