"""Saving activations: batches through the model, a shard to the disk from time to time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.noise import coloured, shares
from perfmon_analyze.synthetic.timeline import Kind, in_turn, segments

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Chance, Floats
    from perfmon_analyze.synthetic.workload import Profile

DISK_RATE = 900e6  # bytes per second that one process writes through the page cache to an NVMe drive


def saving_work(profile: Profile, seconds: float, chance: Chance) -> Floats:
    """Shards, each some batches and a write that the GPU waits for; a short job makes small shards."""
    shards = max(6, round(seconds / profile.chunk_seconds))
    each = seconds * shares(chance.stream("shards"), shards, 0.06)
    size = profile.chunk_bytes * min(1.0, each.mean() / profile.chunk_seconds)
    write = size / DISK_RATE * (1 + chance.stream("disk").exponential(0.5, shards))
    write = np.minimum(write, 0.2 * each)[:, None]
    saved = segments(Kind.WRITE, write, busy=0.02, memory_busy=0.01, heat=0.05, cores=1.1, write=size / write)
    return np.concatenate([_batches(profile, each[:, None] - write, chance), saved], axis=1)


def _batches(profile: Profile, seconds: Floats, chance: Chance) -> Floats:
    """Forward passes, each followed by the way of its activations to the host; `seconds` is one column of shards."""
    shape = (len(seconds), max(3, round(seconds.mean() / profile.batch_seconds)))
    length = seconds * shares(chance.stream("batches"), shape, 0.12)
    lift = coloured(chance.stream("lift"), length.size, 60 / profile.batch_seconds).reshape(shape)
    part = np.clip(profile.busy + profile.wobble * lift, 0.1, 0.99)
    memory_busy, heat = profile.memory_busy / profile.busy, profile.heat / profile.busy
    forward = segments(Kind.WORK, length * part, busy=0.995, memory_busy=memory_busy, heat=heat, cores=profile.cores)
    fetch = segments(Kind.PAUSE, length * (1 - part), busy=0.12, memory_busy=0.06, heat=0.12, cores=profile.cores)
    return in_turn(forward, fetch)
