"""Columns stay in memory while there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import perfmon_analyze
from perfmon_analyze.loading import column_cache
from perfmon_analyze.loading.arrow import numbers
from tests.analyze.run_factory import job_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun

_COLUMN_BYTES = 32  # of three values, and of the bits that say which are known


@pytest.mark.filterwarnings("ignore::perfmon_analyze.Unreadable")
def test_the_ones_read_last_are_kept(make_run: MakeRun, runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for two, the one that was asked for least lately goes; the times of all rows stay."""
    monkeypatch.setattr(column_cache, "_CACHE_BYTES", 2 * _COLUMN_BYTES)
    folder = make_run(tables={"job": job_rows([1, 2, 3])})
    runs = perfmon_analyze.load(runs_folder)
    (recording,) = runs.recordings
    asked = ("rss_bytes", "cpus_allowed", "rss_bytes", "cpu_user_seconds")
    for name in asked:
        runs.read(recording, "job", ("t", name))
    for path in (folder / "job").iterdir():
        path.unlink()

    kept = {name: len(numbers(runs.read(recording, "job", (name,)), name)) for name in ("t", "rss_bytes")}
    assert kept == {"t": 3, "rss_bytes": 3}
    assert len(runs.read(recording, "job", ("cpu_user_seconds",))) == 3
    assert len(runs.read(recording, "job", ("cpus_allowed",))) == 0
