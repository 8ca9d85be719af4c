"""Storage and network: bytes that the job writes and reads, the growth of its folder, the counters of devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.noise import coloured_noise
from perfmon_analyze.synthetic.timeline import WorkKind, grid

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.timeline import Timeline

FOLDER = "outputs"
_BLOCK = 4096
_FREE_BYTES = 1_640_000_000_000 // _BLOCK * _BLOCK
_FLUSH_SECONDS, _DIRTY_SECONDS = 5.0, 30.0  # how often the kernel writes back, and the age at which a page must go


def job_io(timeline: Timeline, t: Floats) -> dict[str, Floats]:
    """The job table's I/O columns; bytes are written when pages become dirty."""
    return {"read_bytes": _blocks(timeline.total("read", t)), "written_bytes": _blocks(timeline.total("write", t))}


def folder_columns(timeline: Timeline, t: Floats) -> dict[str, Floats]:
    """The folder table's columns: a staircase of files, of which none is removed."""
    growth = _blocks(timeline.total("write", t))
    writes = timeline.spans(WorkKind.WRITE)
    begins = np.sort(writes[writes[:, 1] > writes[:, 0], 0])
    return {
        "size_bytes": growth,
        "files": np.searchsorted(begins, t, side="left").astype(np.float64),
        "growth_bytes": growth,
        "free_bytes": _FREE_BYTES - growth,
    }


def host_devices(timeline: Timeline, streams: RandomStreams, t: Floats) -> dict[str, Floats]:
    """The host table's device columns: written bytes reach the disk later and in bursts."""
    back = _FLUSH_SECONDS * np.floor((t - _DIRTY_SECONDS / 2) / _FLUSH_SECONDS)
    written, read = timeline.total("write", back), timeline.total("read", t)
    return {
        "network_received_bytes": _traffic(timeline, streams, "received", t, 5e3),
        "network_sent_bytes": _traffic(timeline, streams, "sent", t, 3e3),
        "disk_read_bytes": _blocks(read + _traffic(timeline, streams, "read", t, 2e3)),
        "disk_written_bytes": _blocks(written + _traffic(timeline, streams, "written", t, 2e4)),
    }


def _blocks(size: Floats) -> Floats:
    return np.asarray(np.floor(size / _BLOCK) * _BLOCK)


def _traffic(timeline: Timeline, streams: RandomStreams, name: str, t: Floats, rate: float) -> Floats:
    """A counter since the machine's start: others' bytes, some `rate` of them a second."""
    random = streams.stream(name)
    edges = grid(timeline.duration, 1.0)
    each = rate * np.exp(coloured_noise(random, len(edges), 4) - 0.5)
    return np.floor(rate * random.uniform(3e5, 2e6) + np.interp(t, edges, np.cumsum(each)))
