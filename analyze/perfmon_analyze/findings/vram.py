"""How close the job came to the end of the GPU's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon.store.run_json import FAILED, KILLED
from perfmon_analyze.findings.finding import ADVICE, PROBLEM
from perfmon_analyze.findings.subject import NotJudged, Told
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.text.humanize import plural, share, size, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.findings.subject import Subject

_SAMPLES = 3  # an allocator gives everything back at once, which takes the driver up to 2 s


class Card(NamedTuple):
    """The memory of one GPU over time, in bytes; all samples are known."""

    name: str
    t: Array
    used: Array
    total: float


def vram_headroom(subject: Subject) -> Iterator[Told]:
    """Hardly any VRAM was left at the peak."""
    for card in _cards(subject):
        subject.enough(card.t, f"VRAM of {card.name}")
        peak = int(np.argmax(card.used))
        most, left = float(card.used[peak]), float(card.total - card.used[peak])
        if most >= at("vram_peak") * card.total:
            yield Told(
                ADVICE,
                f"VRAM of {card.name} peaked at {size(most)} of {size(card.total)}: {size(left)} were left.",
                "A longer input or a larger batch may fail: make the batch smaller, or recompute activations.",
                float(card.t[peak]),
                float(card.t[peak]),
                {"peak_bytes": most, "total_bytes": card.total, "peak_ratio": most / card.total},
            )


def vram_failed(subject: Subject) -> Iterator[Told]:
    """VRAM was full and fell at once; then the job died, or filled it again: an allocation failed."""
    died = subject.facts.get("state") in (FAILED, KILLED)
    for card in _cards(subject):
        drops = _drops(card)
        failed = [drop for drop in drops if _filled_again(card, drop) or (died and drop == drops[-1])]
        if failed:
            full = float(card.used[failed].max())
            yield Told(
                PROBLEM,
                f"VRAM of {card.name} reached {share(full / card.total)} and fell at once, "
                f"{plural(len(failed), 'time')}, first after {span(card.t[failed[0]])}: an allocation failed there.",
                "Look for `out of memory` in the job's output; make the batch smaller, or recompute activations.",
                float(card.t[failed[0]]),
                float(card.t[failed[-1]]),
                {"peak_bytes": full, "total_bytes": card.total, "drops": float(len(failed))},
            )


def _drops(card: Card) -> list[int]:
    """The last samples of full VRAM before at least half of it is given back within three samples."""
    full = np.flatnonzero(card.used >= at("vram_full") * card.total)
    ahead = np.minimum(full[:, None] + np.arange(1, _SAMPLES + 1), len(card.used) - 1)
    fell = card.used[ahead].min(axis=1) <= (1 - at("vram_drop")) * card.used[full]
    last = np.diff(full, append=len(card.used) + 1) > 1
    return [int(place) for place in full[fell & last]]


def _filled_again(card: Card, drop: int) -> bool:
    return bool((card.used[drop + 1 :] >= at("vram_full") * card.total).any())


def _cards(subject: Subject) -> list[Card]:
    """The VRAM of the GPUs that the job used.

    Raises:
        NotJudged: none was recorded.
    """
    found = []
    for card in subject.cards("vram_used_bytes", "vram_total_bytes"):
        used, total = card.columns["vram_used_bytes"], card.columns["vram_total_bytes"]
        known = np.isfinite(used) & np.isfinite(total)
        if known.any():
            found.append(Card(card.name, card.t[known], used[known], float(total[known][0])))
    if not found:
        raise NotJudged("no VRAM was recorded")
    return found
