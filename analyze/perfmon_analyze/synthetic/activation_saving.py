"""Saving activations: batches through the model, a shard to the disk from time to time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.noise import coloured_noise, shares
from perfmon_analyze.synthetic.timeline import WorkKind, in_turn, segments

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.workload import Workload

DISK_RATE = 900e6  # bytes per second that one process writes through the page cache to an NVMe drive


def saving_work(workload: Workload, seconds: float, streams: RandomStreams) -> Floats:
    """Shards, each some batches and a write that the GPU waits for; a short job makes small shards."""
    shards = max(6, round(seconds / workload.chunk_seconds))
    each = seconds * shares(streams.stream("shards"), shards, 0.06)
    size = workload.chunk_bytes * min(1.0, each.mean() / workload.chunk_seconds)
    write = size / DISK_RATE * (1 + streams.stream("disk").exponential(0.5, shards))
    write = np.minimum(write, 0.2 * each)[:, None]
    saved = segments(WorkKind.WRITE, write, busy=0.02, memory_busy=0.01, heat=0.05, cores=1.1, write=size / write)
    return np.concatenate([_batches(workload, each[:, None] - write, streams), saved], axis=1)


def _batches(workload: Workload, seconds: Floats, streams: RandomStreams) -> Floats:
    """Forward passes, each followed by the way of its activations to the host; `seconds` is one column of shards."""
    shape = (len(seconds), max(3, round(seconds.mean() / workload.batch_seconds)))
    length = seconds * shares(streams.stream("batches"), shape, 0.12)
    lift = coloured_noise(streams.stream("lift"), length.size, 60 / workload.batch_seconds).reshape(shape)
    part = np.clip(workload.busy + workload.wobble * lift, 0.1, 0.99)
    memory_busy, heat = workload.memory_busy / workload.busy, workload.heat / workload.busy
    forward = segments(
        WorkKind.WORK, length * part, busy=0.995, memory_busy=memory_busy, heat=heat, cores=workload.cores
    )
    fetch = segments(WorkKind.PAUSE, length * (1 - part), busy=0.12, memory_busy=0.06, heat=0.12, cores=workload.cores)
    return in_turn(forward, fetch)
