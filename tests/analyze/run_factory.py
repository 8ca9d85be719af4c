"""Makes small run folders of literals, through the recorder's own journal and sealing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon.store import journal, layout, run_json, seal
from perfmon.store.run_json import Labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from perfmon.store.journal import Row

    Tables = Mapping[str, Sequence[Row]]


def write_run(
    runs: Path,
    *,
    run: str,
    stage: str = "training",
    model: str | None = "bielik12",
    variant: str | None = None,
    series: str | None = None,
    tables: Tables,
    sealed: bool = True,
    origin: str = run_json.MEASURED,
    interval: float = 1.0,
    known: Mapping[str, object] | None = None,
) -> Path:
    """Write one run folder with these rows; every row gets the run's labels."""
    folder = runs / run
    (folder / layout.JOURNAL).mkdir(parents=True)
    about = Labels(stage=stage, model=model, variant=variant, series=series, dataset="polemo2")
    begin = {"begin_time": "2026-01-01T00:00:00Z", "begin_monotonic": 100.0, "boot_id": "b"}
    beginning = run_json.initial_facts(
        run, about, {}, command=["true"], cwd="/", interval=interval, folders=[], begin=begin, origin=origin
    )
    run_json.write_facts(str(folder), beginning | {"host": "h"} | dict(known or {}))
    labels: Row = {"run": run, "stage": stage, "model": model, "variant": variant, "series": series, "host": "h"}
    book = journal.Journal(layout.journal_path(str(folder), "h-1-00000000-0001"), labels)
    book.append((table, row) for table, rows in tables.items() for row in rows)
    book.close()
    if sealed:
        seal.seal(str(folder))
    return folder


def job_rows(
    rss_bytes: Iterable[float | None], *, cpu_seconds: float = 1.0, cpus: int = 2, step: float = 1.0, begin: float = 0.0
) -> list[Row]:
    """A row a tick: RSS as given, and a job that uses `cpu_seconds` of CPU in each tick."""
    return [
        {
            "t": begin + step * i,
            "cpu_user_seconds": cpu_seconds * i,
            "cpu_system_seconds": 0.0,
            "cpus_allowed": cpus,
            "rss_bytes": None if rss is None else int(rss),
        }
        for i, rss in enumerate(rss_bytes)
    ]


def gpu_rows(
    vram_bytes: Sequence[float],
    busy_ratio: Sequence[float | None],
    *,
    uuid: str = "GPU-a",
    index: int = 0,
    step: float = 1.0,
) -> list[Row]:
    """A row a tick of one GPU of 24 GiB that only the job uses."""
    return [
        {
            "t": step * i,
            "uuid": uuid,
            "index": index,
            "name": "Test GPU",
            "busy_ratio": busy,
            "vram_used_bytes": int(vram),
            "vram_total_bytes": 24 * 2**30,
            "vram_job_bytes": int(vram),
        }
        for i, (vram, busy) in enumerate(zip(vram_bytes, busy_ratio, strict=True))
    ]


def folder_rows(growth_bytes: Iterable[float], *, path: str = "/out", step: float = 1.0) -> list[Row]:
    """A row a scan of one watched folder."""
    return [{"t": step * i, "path": path, "growth_bytes": int(growth)} for i, growth in enumerate(growth_bytes)]


def metric_rows(values: Mapping[str, Sequence[float]], *, series: str | None = "L15") -> list[Row]:
    """The metrics of one series, a value of each name for each epoch from 0."""
    return [
        {"t": float(epoch), "series": series, "epoch": float(epoch), "name": name, "value": value}
        for name, own in values.items()
        for epoch, value in enumerate(own)
    ]


def batch_rows(seconds: Sequence[float], *, series: str | None = "L15", items: int | None = 16) -> list[Row]:
    """The batches of one series, from 0; each was waited for a quarter of a second."""
    return [
        {"t": float(number), "series": series, "batch": number, "seconds": own, "wait_seconds": 0.25, "items": items}
        for number, own in enumerate(seconds)
    ]
