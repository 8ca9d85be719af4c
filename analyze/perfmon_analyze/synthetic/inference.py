"""Inference: batches that are prepared, read (prefill), answered token by token (decode) and handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.activation_saving import DISK_RATE
from perfmon_analyze.synthetic.noise import coloured_noise, shares
from perfmon_analyze.synthetic.timeline import WorkKind, in_turn, segments

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.workload import Workload


def inference_work(workload: Workload, seconds: float, streams: RandomStreams) -> Floats:
    """Batches, each PREPARE (the loop waits for it), WORK in parts, WRITE (mostly of no length) and PAUSE."""
    length = _lengths(workload, seconds, streams)
    prepare = length * streams.stream("prepare").uniform(0.01, 0.025, len(length))
    hand_on = length * (0.06 if workload.detectors else 0.015)
    write = _writes(workload, length)
    prefill = 0.05 * length
    decode = length - prepare - hand_on - write - prefill
    lift = workload.wobble / workload.busy * coloured_noise(streams.stream("lift"), len(length), 9)
    return in_turn(
        segments(WorkKind.PREPARE, prepare, busy=0.02, heat=0.5 * workload.heat),
        segments(WorkKind.WORK, prefill, busy=1.0, memory_busy=0.25, heat=min(1.0, 1.15 * workload.heat)),
        *(
            _decode(workload, part * decode, 1 + lift + fill)
            for part, fill in ((0.4, 0.05), (0.35, 0.0), (0.25, -0.08))
        ),
        segments(WorkKind.WRITE, write, busy=0.02, heat=0.08, cores=1.1, write=np.where(write > 0, DISK_RATE, 0.0)),
        segments(
            WorkKind.PAUSE, hand_on, busy=0.3, memory_busy=0.1, heat=0.6 * workload.heat, cores=1.8 * workload.cores
        ),
    )


def _decode(workload: Workload, seconds: Floats, level: Floats) -> Floats:
    """A part of the answer; the fuller the batch still is, the more the GPU has to do."""
    return segments(
        WorkKind.WORK,
        seconds,
        busy=np.clip(workload.busy * level, 0.2, 1.0),
        memory_busy=np.clip(workload.memory_busy * level, 0.1, 1.0),
        heat=np.clip(workload.heat * (1 + 1.5 * (level - 1)), 0.1, 1.0),
        cores=workload.cores,
    )


def _lengths(workload: Workload, seconds: float, streams: RandomStreams) -> Floats:
    """Batch times that add up to `seconds`: text lengths drift through the data, and a few batches take far longer."""
    count = max(8, round(seconds / workload.batch_seconds))
    drift = np.exp(0.07 * coloured_noise(streams.stream("drift"), count, 60))
    late = streams.stream("late")
    straggles = np.where(late.random(count) < 0.015, late.uniform(1.5, 2.8, count), 1.0)
    straggles[0] = 2.6  # kernels are still being chosen
    length = drift * straggles * shares(streams.stream("lengths"), count, 0.13)
    return np.asarray(seconds * length / length.sum())


def _writes(workload: Workload, length: Floats) -> Floats:
    """Time that each batch spends on writing results: none, but for every so many batches."""
    every = max(1, round(min(workload.chunk_seconds, length.sum() / 6) / workload.batch_seconds))
    size = workload.chunk_bytes * min(1.0, length.sum() / 6 / workload.chunk_seconds)
    flushed = np.arange(1, len(length) + 1) % every == 0
    return np.where(flushed, np.minimum(size / DISK_RATE, 0.2 * length), 0.0)
