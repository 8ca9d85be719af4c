"""What each program's recording must say, and how far it may be off."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.derive import rates
from tests.accuracy import crowd

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.accuracy.recording import Outcome

_STILL = 0.001  # what a tree may change by between two readings of it while it holds still
_MEMORY, _BOUNDS, _SHARED, _CPU, _IO = 0.01, 0.05, 0.02, 0.02, 0.01


class Check(NamedTuple):
    """One number: what the program did, what the kernel says, what was recorded, and the greatest error allowed.

    `unit` is `B`, `s` or `1`. What somebody does not tell is None.
    """

    metric: str
    unit: str
    truth: float
    kernel: float | None
    recorded: float
    target: float

    @property
    def error(self) -> float:
        """The recorded value's distance from what the program did, as a ratio of that."""
        return self.recorded / self.truth - 1

    @property
    def kernel_error(self) -> float | None:
        """Its distance from the kernel's total, likewise."""
        return None if self.kernel is None else self.recorded / self.kernel - 1

    @property
    def holds(self) -> bool:
        """Whether both are within the target."""
        return max(abs(self.error), abs(self.kernel_error or 0.0)) <= self.target


def _peak(one: Outcome) -> list[Check]:
    kernel, recorded = one.kernel["maxrss_bytes"], one.facts["peak"]["hwm_bytes"]
    return [Check("peak of one process", "B", one.truth["peak_bytes"], kernel, recorded, _MEMORY)]


def _shared(one: Outcome) -> list[Check]:
    kernel, recorded = one.truth["kernel_pss_bytes"], one.facts["peak"]["pss_bytes"]
    return [Check("PSS of the tree", "B", one.truth["pss_bytes"], kernel, recorded, _SHARED), *_bounds(one, kernel)]


def _apart(one: Outcome) -> list[Check]:
    peak = one.facts["peak"]
    least, most = peak["tree_at_least_bytes"], peak["tree_at_most_bytes"]
    return [*_bounds(one, one.truth["tree_bytes"]), Check("distance of the bounds", "B", least, None, most, _BOUNDS)]


def _bounds(one: Outcome, tree: float) -> list[Check]:
    """The peak of the tree, brought into the bounds: off by nothing if it lies within."""
    peak = one.facts["peak"]
    inside = min(max(tree, peak["tree_at_least_bytes"]), peak["tree_at_most_bytes"])
    return [Check("peak of the tree, within the bounds", "B", tree, None, inside, _STILL)]


def _escaped(one: Outcome) -> list[Check]:
    recorded = one.facts["peak"]["hwm_bytes"]
    return [Check("peak of a daemon", "B", one.truth["peak_bytes"], None, recorded, _MEMORY)]


def _burnt(one: Outcome) -> list[Check]:
    return [_cpu(one, one.kernel["cpu_seconds"])]


def _burnt_apart(one: Outcome) -> list[Check]:
    group = one.kernel.get("group_cpu_seconds")
    return [_cpu(one, None if group is None else group + one.kernel["own_cpu_seconds"])]


def _cpu(one: Outcome, kernel: float | None) -> Check:
    totals = one.facts["totals"]
    recorded = totals["cpu_user_seconds"] + totals["cpu_system_seconds"]
    return Check("CPU time", "s", one.truth["cpu_seconds"], kernel, recorded, _CPU)


def _written(one: Outcome) -> list[Check]:
    last, truth = one.folder.iloc[-1], one.truth
    recorded = one.facts["totals"]["written_bytes"]
    return [
        Check("bytes written", "B", truth["written_bytes"], one.kernel["written_bytes"], recorded, _IO),
        Check("growth of the folder", "B", truth["growth_bytes"], None, last["growth_bytes"], 0.0),
        Check("length of the files", "B", truth["apparent_bytes"], None, last["apparent_bytes"], 0.0),
        Check("files", "1", truth["files"], None, last["files"], 0.0),
    ]


def _rewritten(one: Outcome) -> list[Check]:
    growth = float(one.folder["growth_bytes"].iloc[-1])
    recorded = rates.write_amplification(one.facts["totals"]["written_bytes"], growth)
    return [Check("bytes written per byte of growth", "1", one.truth["amplification"], None, recorded, _IO)]


def _read(one: Outcome) -> list[Check]:
    recorded = one.facts["totals"]["read_bytes"]
    return [Check("bytes read", "B", one.truth["read_bytes"], one.kernel["read_bytes"], recorded, _IO)]


def _born(one: Outcome) -> list[Check]:
    """A process was seen if in its time a tick counted one more than the program and its launcher."""
    at = one.job["t"] + one.facts["begin_monotonic"]
    numbers = range(int(one.truth["seen"]))
    spans = [(one.truth[f"begin_{number}"], one.truth[f"end_{number}"]) for number in numbers]
    seen = sum(bool((one.job["processes"][(at > begin) & (at < end)] > 2).any()) for begin, end in spans)
    return [Check("processes that live for two ticks", "1", one.truth["seen"], None, seen, 0.0)]


def _crowded(one: Outcome) -> list[Check]:
    """A process that lives for two ticks was seen if in one of these nobody was missing of those who were there."""
    numbers = range(int(one.truth["lives"]))
    spans = np.array([(one.truth[f"begin_{number}"], one.truth[f"end_{number}"]) for number in numbers])
    took = one.sampler[one.sampler["source"] == "job"].set_index("t")["duration_seconds"]
    begin = one.job["t"].to_numpy() + one.facts["begin_monotonic"]
    end = begin + took.loc[one.job["t"]].to_numpy()
    there = (spans[:, :1] < begin) & (spans[:, 1:] > end)  # by life and tick
    whole = one.job["processes"].to_numpy() >= there.sum(axis=0) + crowd.OTHERS
    lived, seen = there.sum(axis=1) >= 2, (there & whole).any(axis=1)
    group = one.kernel.get("group_cpu_seconds")
    return [
        Check("processes that live for two ticks", "1", float(lived.sum()), None, float((lived & seen).sum()), 0.0),
        _cpu(one, None if group is None else group + one.kernel["own_cpu_seconds"]),
    ]


CHECKS: dict[str, Callable[[Outcome], list[Check]]] = {
    "touched": _peak,
    "allocated": _peak,
    "spiked": _peak,
    "shared": _shared,
    "apart": _apart,
    "escaped": _escaped,
    "burnt": _burnt,
    "burnt_apart": _burnt_apart,
    "written": _written,
    "rewritten": _rewritten,
    "read": _read,
    "born": _born,
    "crowded": _crowded,
}
