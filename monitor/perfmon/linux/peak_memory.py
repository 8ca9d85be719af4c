"""Peaks of memory: from samples, and from the kernel's high-water marks (VmHWM), which miss nothing in between."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class HighWaterMarks:
    """The high-water marks of RSS of a tree's processes, one by one and together, in bytes.

    A mark is never reset, as that would lower what the job's own getrusage(2) returns. So of a process that was there
    before the recording a mark counts once it has risen; until then only samples are known.
    """

    def __init__(self, *, from_start: bool) -> None:
        self._from_start = from_start
        self._before: dict[int, int] = {}
        self._is_first = True
        self.largest = 0  # the highest mark of any one process so far

    def update(self, marks: Mapping[int, int], rss: Mapping[int, int]) -> int:
        """Take in one tick's marks and RSS by pid, in bytes; return the sum of the marks of the living processes.

        A mark below the RSS, by some pages as the kernel counts per CPU, counts as the RSS.
        """
        if self._is_first and not self._from_start:
            self._before = dict(marks)
        self._is_first = False
        if self._before:  # the number of one that has ended may be another's soon
            self._before = {pid: mark for pid, mark in self._before.items() if pid in marks}
            peaks = [self._peak(pid, mark, rss[pid]) for pid, mark in marks.items()]
        else:
            peaks = [max(mark, rss[pid]) for pid, mark in marks.items()]
        self.largest = max([self.largest, *peaks])
        return sum(peaks)

    def _peak(self, pid: int, mark: int, rss: int) -> int:
        return rss if mark <= self._before.get(pid, -1) else max(mark, rss)


_HIGHEST = (
    *("rss_bytes", "process_rss_bytes", "pss_bytes", "swap_bytes"),
    *("hwm_bytes", "process_hwm_bytes", "processes"),
)


class PeakMemory:
    """The peaks of the job's memory, from its rows: the highest samples, and the high-water marks."""

    def __init__(self) -> None:
        self._highest: dict[str, int] = {}

    def update(self, row: Mapping[str, object]) -> None:
        """Take in one row of table `job`."""
        for name in _HIGHEST:
            value = row.get(name)
            if isinstance(value, int):
                self._highest[name] = max(value, self._highest.get(name, 0))

    def facts(self, maxrss_bytes: int = 0) -> dict[str, int | None]:
        """The peaks in bytes, as run.json holds them under `peak`; None is not known.

        `maxrss_bytes` is the mark of the largest process that was waited for (ru_maxrss, getrusage(2)). The tree's
        peak is at least the highest sampled PSS and the highest mark of one process, and at most the highest sum of
        the marks of processes that lived at the same time.
        """
        highest = self._highest
        process = max(highest.get("process_hwm_bytes", 0), maxrss_bytes)
        sampled = highest.get("process_rss_bytes")
        alone = highest.get("processes", 0) <= 1
        at_least = max(process, highest.get("pss_bytes", 0))
        return {
            "rss_bytes": highest.get("rss_bytes"),
            "pss_bytes": highest.get("pss_bytes"),
            "swap_bytes": highest.get("swap_bytes"),
            "process_rss_bytes": sampled,
            "hwm_bytes": process or None,
            "missed_bytes": max(process - sampled, 0) if sampled is not None else None,
            "tree_at_least_bytes": at_least or None,
            "tree_at_most_bytes": (at_least if alone else max(at_least, highest.get("hwm_bytes", 0))) or None,
        }
