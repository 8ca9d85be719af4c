"""A recording's limits and disks, and the use of its control group that its process tree does not explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from perfmon.store.printable import printable
from perfmon_analyze.derive import arrays
from perfmon_analyze.series import accounting
from perfmon_analyze.series.options import Options
from perfmon_analyze.text.humanize import describe_limits, format_bytes, format_duration, format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.accounting import Disk, JobLimits
    from perfmon_analyze.series.trace import Trace

_MEASURED = Options(synthetic=False)
_FILES = 3


class Account(NamedTuple):
    """Memory and CPU time of the job's control group that its process tree does not explain, or the reason why unknown.

    `memory_bytes` is the highest sample, `cpu_seconds` the sum at the end.
    """

    may_use: JobLimits
    disk: Disk | None
    write_amplification: float
    files: dict[str, list[dict[str, Any]]]
    memory_bytes: float | None
    memory_why: str
    cpu_seconds: float | None
    cpu_why: str

    def as_json(self) -> dict[str, Any]:
        """Return all values in base units."""
        return {
            "may_use": self.may_use._asdict(),
            "disk": self.disk._asdict() if self.disk else None,
            "write_amplification": self.write_amplification,
            "files": self.files,
            "unattributed_memory": {"peak": self.memory_bytes, "unit": "B", "note": self.memory_why or None},
            "unattributed_cpu": {"last": self.cpu_seconds, "unit": "s", "note": self.cpu_why or None},
        }

    def lines(self) -> list[tuple[str, str]]:
        """Return labels and texts for people; a text may be empty."""
        return [
            ("may use", describe_limits(**self.may_use._asdict()) if self.may_use.is_less else ""),
            ("disk", self._disk()),
            ("largest", _named(self.files["largest"])),
            ("untraced", self._untraced()),
        ]

    def _disk(self) -> str:
        parts = []
        if self.disk:
            left = self.disk.seconds_to_full
            pace = f", full in {format_duration(left)} at the pace of the end" if np.isfinite(left) else ""
            parts.append(f"{format_bytes(self.disk.free_bytes)} free at {printable(self.disk.path)}{pace}")
        if np.isfinite(self.write_amplification):
            parts.append(f"{format_number(self.write_amplification)} bytes written for each byte of growth")
        return "; ".join(parts)

    def _untraced(self) -> str:
        if self.memory_bytes is None and self.cpu_seconds is None:
            return f"not known: {printable(self.memory_why)}"
        if (self.memory_bytes or 0.0) <= 0 and (self.cpu_seconds or 0.0) <= 0:  # the tree explains all that is known
            return ""
        memory = (
            "RAM is not known" if self.memory_bytes is None else f"{format_bytes(self.memory_bytes)} of RAM at most"
        )
        cpu = "CPU is not known" if self.cpu_seconds is None else f"{format_duration(self.cpu_seconds)} of CPU"
        return f"{memory}, {cpu}: in the job's control group, and in none of its processes"


def of(runs: Runs, recording: Recording) -> Account:
    """Return the account of one recording."""
    memory = _known(accounting.unattributed_bytes(runs, recording, _MEASURED))
    cpu = _known(accounting.unattributed_seconds(runs, recording, _MEASURED))
    return Account(
        accounting.job_limits(runs, recording),
        accounting.fullest_disk(runs, recording),
        accounting.write_amplification(runs, recording, _MEASURED),
        accounting.top_files(recording),
        float(memory.max()) if len(memory) else None,
        "" if len(memory) else accounting.why_unknown(recording, "group_memory_bytes"),
        float(cpu[-1]) if len(cpu) else None,
        "" if len(cpu) else accounting.why_unknown(recording, "group_cpu_seconds"),
    )


def _known(traces: Sequence[Trace]) -> arrays.Array:
    return arrays.finite(traces[0].values) if traces else np.empty(0)


def _named(files: Sequence[dict[str, Any]]) -> str:
    return printable(", ".join(f"{file['path']} ({format_bytes(file['size_bytes'])})" for file in files[:_FILES]))
