"""The GPUs of a recording that its job used, one by one, with any columns of table `gpu`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze.loading.runs import coded, numbers
from perfmon_analyze.series.trace import sorted_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfmon_analyze.derive.rates import Array
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs


class Card(NamedTuple):
    """One GPU over time: `t` in seconds since the recording's beginning, and its columns in the units of the file."""

    name: str
    uuid: str
    t: Array
    columns: Mapping[str, Array]


def used(runs: Runs, recording: Recording, *names: str) -> list[Card]:
    """The GPUs in which the job ever had memory, or all where that is not known of any.

    GPUs whose MIG instances have rows are left out: what both hold must not count twice.
    """
    rows = sorted_rows(runs, recording, "gpu", ("uuid", "parent_uuid", "index", "vram_job_bytes", *names))
    codes, uuids = coded(rows, "uuid")
    parents = set(coded(rows, "parent_uuid")[1]) - {None}
    of_job = set(codes[numbers(rows, "vram_job_bytes") > 0]) or set(codes)
    t, index, columns = numbers(rows, "t"), numbers(rows, "index"), {name: numbers(rows, name) for name in names}
    return [
        Card(f"GPU {index[own][0]:.0f}", str(uuids[one]), t[own], {name: all_[own] for name, all_ in columns.items()})
        for one in sorted(of_job)
        if uuids[one] not in parents and (own := codes == one).any()
    ]
