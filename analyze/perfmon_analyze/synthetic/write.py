"""Writes the synthetic study: eight run folders as a recorder would have left them, marked as made up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon.store import clock, layout, publish, run_json
from perfmon.store.run_json import Labels
from perfmon_analyze.synthetic.cpu import CPUS
from perfmon_analyze.synthetic.disk import FOLDER
from perfmon_analyze.synthetic.gpu import NAME, UUID
from perfmon_analyze.synthetic.memory import HOST_BYTES
from perfmon_analyze.synthetic.noise import RandomStreams
from perfmon_analyze.synthetic.parquet import arrow_table, encode
from perfmon_analyze.synthetic.study import DATASET, JOBS, PAUSE_SECONDS, StudyJob, default_interval, job_seconds
from perfmon_analyze.synthetic.tables import record
from perfmon_analyze.synthetic.vram import CARD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfmon_analyze.synthetic.tables import SyntheticRecording

HOST = "synthetic"
MOST_TICKS = 2_500_000  # of all runs together; each takes some hundred bytes of memory while it is made
_SECOND = 10**9
_BEGIN = 1_767_600_000_417_000_000  # 2026-01-05T08:00:00 UTC and a little, in nanoseconds
_BOOT = _BEGIN - 400_000 * _SECOND
_BOOT_ID = "00000000-0000-0000-0000-000000000000"


class Planned(NamedTuple):
    """A run to be written: its job and name, its begin in nanoseconds since 1970, its length in seconds."""

    job: StudyJob
    run: str
    begin: int
    seconds: float
    streams: RandomStreams


def write_study(directory: str, *, seed: int = 0, interval: float | None = None, scale: float = 1.0) -> Iterator[str]:
    """Write the eight runs into a directory; the path of each is given when it is whole.

    The same arguments write the same bytes. `interval` is in seconds; where it is None it is 60 s, less for a scale
    below 1. `scale` shortens or lengthens the runs; none gets shorter than 20 s.

    Raises:
        FileExistsError: one of the runs is there already; nothing was written.
        OSError: a file could not be written.
        ValueError: the seed is negative, the scale out of range, or the interval too short for so long a study.
    """
    if seed < 0:
        raise ValueError(f"the seed must be 0 or more, not {seed}")
    interval = default_interval(scale) if interval is None else interval
    planned = plan(seed, scale)
    count = sum(one.seconds for one in planned) / interval
    if count > MOST_TICKS:
        raise ValueError(f"an interval of {interval} s makes {count:.0f} samples, more than {MOST_TICKS}; lengthen it")
    for one in planned:
        if os.path.lexists(os.path.join(directory, one.run)):
            raise FileExistsError(f"{directory} has the run {one.run} already; name another directory or seed")
    return _write(directory, planned, seed, interval, scale)


def plan(seed: int, scale: float) -> list[Planned]:
    """The eight runs, one after the other from a fixed date on.

    Raises:
        ValueError: the scale is out of range.
    """
    planned = []
    begin = _BEGIN
    for number, (job, seconds) in enumerate(zip(JOBS, job_seconds(scale), strict=True)):
        streams = RandomStreams(seed, str(number))
        stamp = clock.utc(begin)[:19].replace("-", "").replace(":", "")
        digits = int(streams.stream("name").integers(1 << 16))
        planned.append(Planned(job, f"{stamp}Z-{job.stage}-{job.model}-{digits:04x}", begin, seconds, streams))
        begin += round((seconds + PAUSE_SECONDS) * _SECOND)
    return planned


def _write(directory: str, planned: list[Planned], seed: int, interval: float, scale: float) -> Iterator[str]:
    for one in planned:
        recording = record(one.job, one.seconds, one.streams, interval=interval, phase=one.begin / _SECOND % interval)
        known = _facts(one, recording, {"seed": str(seed), "scale": f"{scale:g}"}, interval)
        folder = os.path.join(directory, one.run)
        os.makedirs(folder, mode=0o700)
        writer = f"{HOST}-1-{int(one.streams.stream('writer').integers(1 << 32)):08x}"
        publish.publish(
            (
                layout.segment_path(folder, table, layout.stem(writer, 1)),
                encode(arrow_table(table, columns, known, begin_nanoseconds=one.begin)),
            )
            for table, columns in recording.tables.items()
        )
        run_json.write_facts(folder, known)  # last: a folder without it is no run
        yield folder


def _facts(one: Planned, recording: SyntheticRecording, tags: Mapping[str, str], interval: float) -> dict[str, object]:
    """The run.json of a finished run; it holds nothing of the machine that generated it."""
    job = one.job
    labels = Labels(
        stage=job.stage,
        model=job.model,
        variant=job.variant,
        series=job.series,
        dataset=DATASET,
        tags=tags,
        config=job.config,
    )
    zero = {
        "begin_time": clock.utc(one.begin),
        "begin_monotonic": (one.begin - _BOOT) / _SECOND,
        "boot_id": _BOOT_ID,
    }
    known = run_json.initial_facts(
        one.run,
        labels,
        {},
        command=[],
        cwd="",
        interval=interval,
        folders=[FOLDER],
        begin=zero,
        origin=run_json.SYNTHETIC,
    )
    return known | {
        "host": HOST,
        "end_time": clock.utc(one.begin + round(one.seconds * _SECOND)),
        "duration_seconds": one.seconds,
        "state": run_json.FINISHED,
        "exit_status": 0,
        "exit_reason": "made up by perfmon synth",
        "hardware": _hardware(),
        **_sums(recording),
    }


def _hardware() -> dict[str, object]:
    gpu = {"uuid": UUID, "index": 0, "name": NAME, "vram_total_bytes": CARD_BYTES}
    return {
        "cpu_model": "synthetic",
        "cpus": CPUS,
        "cpu_cores": CPUS // 2,
        "memory_total_bytes": HOST_BYTES,
        "system": "synthetic",
        "gpus": [gpu],
        "driver": "synthetic",
        "absent": {},
    }


def _sums(recording: SyntheticRecording) -> dict[str, object]:
    """Peak, totals and the sampler's own account, as a recorder adds them up at the end."""
    job, recorded = recording.tables["job"], recording.taken
    counters = ("cpu_user_seconds", "cpu_system_seconds", "read_bytes", "written_bytes")
    totals = {name: round(float(np.asarray(job[name])[-1]), 2) for name in counters}
    return {
        "peak": {"rss_bytes": int(np.nanmax(np.asarray(job["rss_bytes"])))},
        "totals": {name: int(total) if name.endswith("bytes") else total for name, total in totals.items()},
        "sampler": {
            "cpu_seconds": round(0.0011 * len(recorded.t), 3),
            "ticks": len(recorded.t),
            "ticks_missed": 0,
            "late_seconds_max": round(float(recorded.late.max()), 4),
            "rows_lost": 0,
        },
    }
