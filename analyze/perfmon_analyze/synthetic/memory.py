"""Main memory of the job and of the host around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.noise import coloured_noise
from perfmon_analyze.synthetic.timeline import WorkKind, grid

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.timeline import Timeline
    from perfmon_analyze.synthetic.workload import Workload

HOST_BYTES = 134_842_183_680  # a machine of 128 GiB, less what its firmware and kernel keep
_MIB = float(1 << 20)
_PAGE = 4096
_STEP = 5.0
_CREEP_BYTES = 8 * _MIB  # arenas grow by so much at a time


def resident(timeline: Timeline, workload: Workload, streams: RandomStreams, t: Floats) -> Floats:
    """Resident bytes of the job at each `t`; NaN after its last process has ended."""
    cells = grid(timeline.duration, _STEP)
    breath = 2 * _MIB * coloured_noise(streams.stream("rss"), len(cells), 30)
    level = _level(timeline, workload, t) + _sawtooth(timeline, t) + np.interp(t, cells, breath)
    pages = np.round(np.maximum(level, 4 * _MIB) / _PAGE)
    return np.where(t < timeline.duration, pages * _PAGE, np.nan)


def _level(timeline: Timeline, workload: Workload, t: Floats) -> Floats:
    """The base level in bytes: libraries, then weights while they are loaded, then the loop's own, with a slow leak."""
    begin = [
        timeline.spans(kind)[0, 0] for kind in (WorkKind.IMPORT, WorkKind.CONTEXT, WorkKind.LOAD, WorkKind.WARM_UP)
    ]
    working = timeline.spans(WorkKind.WARM_UP)[0, 1]
    libraries, context, full = 880.0, 1260.0, workload.rss_mib + workload.creep_mib
    sizes = [24.0, libraries, context, context + workload.weights_mib, workload.rss_mib, full]
    level = np.interp(t, [*begin, working, timeline.duration], sizes) * _MIB
    return np.where(t > working, np.floor(level / _CREEP_BYTES) * _CREEP_BYTES, level)


def _sawtooth(timeline: Timeline, t: Floats) -> Floats:
    """Bytes that are buffered until they are written: a sawtooth from write to write, or from evaluation to write."""
    writes = timeline.spans(WorkKind.WRITE)
    writes = writes[writes[:, 1] > writes[:, 0]]
    evaluations = timeline.spans(WorkKind.EVALUATE)
    start = timeline.spans(WorkKind.WARM_UP)[:, 1]
    gathers = evaluations[:, 0] if len(evaluations) else np.concatenate([start, writes[:-1, 1]])
    size = timeline.total("write", writes[:, 1]) - timeline.total("write", writes[:, 0])
    times = np.column_stack([gathers, writes]).ravel()
    sizes = np.column_stack([np.zeros(len(size)), size, np.zeros(len(size))]).ravel()
    return np.asarray(np.interp(t, times, sizes))


def host_memory(timeline: Timeline, streams: RandomStreams, t: Floats, rss: Floats) -> dict[str, Floats]:
    """The host table's memory columns: the job and some 5 GiB of others; no swap."""
    cells = grid(timeline.duration, _STEP)
    others = (5.1 + 0.03 * coloured_noise(streams.stream("others"), len(cells), 60)) * (1 << 30)
    used = np.round((np.nan_to_num(rss) + np.interp(t, cells, others)) / _PAGE) * _PAGE
    return {
        "memory_total_bytes": np.full(len(t), float(HOST_BYTES)),
        "memory_used_bytes": used,
        "memory_available_bytes": HOST_BYTES - used,
        "swap_total_bytes": np.zeros(len(t)),
        "swap_used_bytes": np.zeros(len(t)),
    }
