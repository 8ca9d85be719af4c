"""Exact peaks: the kernel's high-water marks, beside what samples can see."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Marks:
    """The highest that the processes of a tree have been, one by one and together.

    A mark is never reset: that would also lower what the job's own getrusage says. So for a process that was there
    before the recording only the mark's rise counts, and until it rises what was sampled is all that is known.
    """

    def __init__(self, *, from_start: bool) -> None:
        self._from_start = from_start
        self._before: dict[int, int] = {}
        self._is_first = True
        self.largest = 0  # bytes that one process has had at most, of all that were seen

    def note(self, marks: Mapping[int, int], rss: Mapping[int, int]) -> int:
        """Take one tick's marks and RSS by pid, and return the sum of the marks of the processes that live now.

        The kernel counts memory per CPU and adds up roughly, so that a mark may lie some pages below the RSS.
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


class Peaks:
    """The job's peaks, from its rows: the highest samples, and what the marks say of what lies between them."""

    def __init__(self) -> None:
        self._highest: dict[str, int] = {}

    def note(self, row: Mapping[str, object]) -> None:
        """Take one row of table `job`."""
        for name in _HIGHEST:
            value = row.get(name)
            if isinstance(value, int):
                self._highest[name] = max(value, self._highest.get(name, 0))

    def facts(self, maxrss_bytes: int = 0) -> dict[str, int | None]:
        """What run.json says under `peak`, in bytes.

        `maxrss_bytes` is the kernel's mark of the largest process that was waited for (ru_maxrss, getrusage(2)). The
        tree held at least the largest sum of PSS that was sampled and what its largest process held, and at most what
        the processes that lived together ever held, each at its own time.
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
