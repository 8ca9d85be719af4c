"""Device memory: an allocator's staircase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.timeline import Kind

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Chance, Floats
    from perfmon_analyze.synthetic.timeline import Timeline
    from perfmon_analyze.synthetic.workload import Profile

CARD_BYTES = 81_920 << 20  # an 80 GB card, as the driver reports it
_BLOCK = 2 << 20  # the driver hands out device memory in blocks of 2 MiB
_CONTEXT_MIB = 448
_GROWING_STEPS = 12


def vram_used(timeline: Timeline, profile: Profile, chance: Chance, t: Floats) -> Floats:
    """Bytes of device memory that the job holds at each `t`: 0 before its context and after its end."""
    random = chance.stream("vram")
    times, sizes = zip(
        *[
            _context(timeline),
            _weights(timeline, profile, random),
            _working(timeline, profile, random),
            _growth(timeline, profile, random),
        ],
        strict=True,
    )
    when = np.concatenate(times)
    order = np.argsort(when, kind="stable")
    blocks = np.round(np.concatenate(sizes)[order] * (1 << 20) / _BLOCK)
    held = np.concatenate([[0.0], np.cumsum(blocks) * _BLOCK])
    gone = t >= timeline.duration - 0.1 * (timeline.duration - timeline.spans(Kind.END)[0, 0])
    return np.where(gone, 0.0, np.minimum(held[np.searchsorted(when[order], t, side="right")], CARD_BYTES))


def _context(timeline: Timeline) -> tuple[Floats, Floats]:
    return timeline.spans(Kind.CONTEXT)[:, 0], np.array([_CONTEXT_MIB])


def _weights(timeline: Timeline, profile: Profile, random: np.random.Generator) -> tuple[Floats, Floats]:
    """The weights come block after block while they are read; the last step is at the end of reading."""
    begin, end = timeline.spans(Kind.LOAD)[0]
    part = np.linspace(0, 1, 9)[1:]
    return begin + (end - begin) * part, profile.weights_mib * random.dirichlet(np.full(len(part), 30.0))


def _working(timeline: Timeline, profile: Profile, random: np.random.Generator) -> tuple[Floats, Floats]:
    """What a batch needs: forward pass, backward pass, optimizer, then it stays."""
    begin, end = timeline.spans(Kind.WARM_UP)[0]
    return np.sort(random.uniform(begin, end, 4)), profile.working_mib * random.dirichlet((6.0, 4.0, 3.0, 1.0))


def _growth(timeline: Timeline, profile: Profile, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Ever longer inputs come ever more rarely: the times are even on a logarithmic scale."""
    begin = timeline.spans(Kind.WARM_UP)[0, 1]
    left = timeline.duration - begin
    when = begin + left * np.exp(random.uniform(np.log(0.002), np.log(0.9), _GROWING_STEPS))
    return when, profile.growth_mib * random.dirichlet(np.full(_GROWING_STEPS, 0.8))
