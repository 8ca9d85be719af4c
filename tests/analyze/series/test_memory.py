"""RAM of the job and of the host: which measure, and which readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import perfmon_analyze
from perfmon_analyze.series import memory
from tests.analyze.run_factory import job_rows
from tests.analyze.series.measuring import HOST, measured, values

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon_analyze.loading.runs import Runs
    from tests.analyze.conftest import MakeRun


def ram_column(runs: Runs) -> str:
    """The measure of RAM of all these runs."""
    return memory.ram_column(runs, runs.recordings, "job")


def test_ram_of_the_job_and_of_the_host(make_run: MakeRun, runs_folder: Path) -> None:
    """The scope says whose RAM it is."""
    make_run(tables={"job": job_rows([1, 2, 3]), "host": HOST})

    assert values(runs_folder, memory.ram_bytes("rss_bytes")) == [1, 2, 3]
    assert values(runs_folder, memory.ram_bytes("memory_used_bytes"), scope="host") == [100, 101, 102]


def write_pss(folder: Path) -> None:
    """Add PSS readings to a run, null in between."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"t": [0.5, 1.5, 2.5], "pss_bytes": pa.array([7, None, 9], pa.int64())})
    pq.write_table(table, folder / "job" / "pss.parquet")


def test_pss_only_if_all_runs_have_it(make_run: MakeRun, runs_folder: Path) -> None:
    """One run without PSS makes it RSS for all."""
    write_pss(make_run("a", tables={"job": job_rows([1])}))
    alone = ram_column(perfmon_analyze.load(runs_folder))
    make_run("b", tables={"job": job_rows([1])})

    assert (alone, ram_column(perfmon_analyze.load(runs_folder))) == ("pss_bytes", "rss_bytes")


def test_null_between_two_readings_of_pss_is_no_gap(make_run: MakeRun, runs_folder: Path) -> None:
    """PSS is read at a pace of its own."""
    write_pss(make_run("a", tables={"job": job_rows([1, 1, 1])}))

    assert values(runs_folder, memory.ram_bytes("pss_bytes")) == [7, 9]


def test_pss_holds_while_rss_stays_the_same(make_run: MakeRun, runs_folder: Path) -> None:
    """It is read when memory moves: a level that lasts counts as long as it lasts, and ends where RSS moves."""
    level = {"rss_bytes": [20, 20, 20, 30, 30], "pss_bytes": [10, None, None, None, 25]}
    rows = [
        {"t": float(t), "rss_bytes": rss, "pss_bytes": pss}
        for t, (rss, pss) in enumerate(zip(*level.values(), strict=True))
    ]
    make_run(tables={"job": rows})

    assert values(runs_folder, memory.ram_bytes("pss_bytes")) == [10, 10, 10, 25]


def test_rows_of_several_files_are_put_in_order(make_run: MakeRun, runs_folder: Path) -> None:
    """Time goes on whichever file a row stands in."""
    make_run(tables={"job": job_rows([3, 4], begin=2.0) + job_rows([1, 2])})

    assert values(runs_folder, memory.ram_bytes("rss_bytes")) == [1, 2, 3, 4]


def test_nothing_known_is_no_trace(make_run: MakeRun, runs_folder: Path) -> None:
    """A column that is null throughout is not drawn as anything."""
    make_run(tables={"job": job_rows([None, None])})

    assert measured(runs_folder, memory.ram_bytes("rss_bytes")) == []
