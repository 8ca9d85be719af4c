"""Batch times and phases, which a job's own loop records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.timeline import WorkKind

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats
    from perfmon_analyze.synthetic.timeline import Timeline

PID = 4242
_PHASES = {WorkKind.LOAD: "load", WorkKind.EVALUATE: "evaluation"}
_WRITES = {"activation_saving": "shard", "training": "checkpoint", "inference": "results"}


def batch_columns(timeline: Timeline, items: int) -> dict[str, Floats]:
    """Rows of the batch table: a batch is waited for while it is prepared, and ends when it has been handed on."""
    prepared, handed_on = timeline.spans(WorkKind.PREPARE), timeline.spans(WorkKind.PAUSE)
    return {
        "t": np.round(handed_on[:, 1], 4),
        "batch": np.arange(len(prepared), dtype=np.float64),
        "seconds": np.round(handed_on[:, 1] - prepared[:, 1], 6),
        "wait_seconds": np.round(prepared[:, 1] - prepared[:, 0], 6),
        "items": np.full(len(prepared), float(items)),
    }


def phase_columns(timeline: Timeline, stage: str) -> dict[str, np.ndarray]:
    """Rows of the phase table, in the order in which the phases ended."""
    named = _PHASES | {WorkKind.WRITE: _WRITES[stage]}
    spans = {name: timeline.spans(kind) for kind, name in named.items()}
    names = np.concatenate([np.full(len(span), name, dtype=object) for name, span in spans.items()])
    begin, end = np.round(np.concatenate(list(spans.values())), 4).T
    order = np.argsort(end, kind="stable")
    order = order[end[order] > begin[order]]
    return {
        "t": end[order],
        "kind": np.full(len(order), "phase", dtype=object),
        "name": names[order],
        "begin_t": begin[order],
        "end_t": end[order],
        "pid": np.full(len(order), float(PID)),
    }
