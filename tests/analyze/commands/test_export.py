"""`perfmon export`: tables of runs for other programs."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perfmon.store import recover, run_json, schema
from perfmon_analyze import load
from tests.conftest import PERFMON, Perfmon
from tests.reliability.conftest import made, ticks
from tests.reliability.processes import facts

CODE = """import perfmon
with perfmon.record(stage="training", model="m", series="L1") as run:
    run.log(epoch=0, loss=float("nan"), r2=0.5)
"""


def rows(text: str) -> list[dict[str, str]]:
    """What CSV text holds."""
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture
def recorded(perfmon: Perfmon, tmp_path: Path) -> Path:
    """A run of a stage and model, with a stage attached to it; its working directory is the test's."""
    done = perfmon("run", "--stage", "whole", "--model", "m", "--interval", "50ms", "--", sys.executable, "-c", CODE)
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    return folder


def test_one_table_to_standard_output(perfmon: Perfmon, recorded: Path) -> None:
    """Every column, labels and origin included; times in ISO 8601; what is not known is empty."""
    made_rows = rows(perfmon("export", "latest", "--table", "job").stdout)
    table = load(recorded).table("job")

    assert list(made_rows[0])[:10] == [*(column.name for column in schema.COMMON), "origin"]
    assert {row["run"] for row in made_rows} == {recorded.name}
    assert [float(row["t"]) for row in made_rows] == list(table["t"])
    assert made_rows[0]["time"] == table["time"].iloc[0].strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
    assert {row["variant"] for row in made_rows} == {""}


def test_rows_inside_an_attached_stage(perfmon: Perfmon, recorded: Path) -> None:
    """They carry its labels, as every reader of perfmon gives them."""
    for table in ("job", "sampler", "metric"):
        done = perfmon("export", "-1", "--table", table, "--columns", "t,stage,series", "--format", "jsonl")
        own = load(recorded).table(table).sort_values("t", kind="stable")
        exported = sorted(json.loads(line)["stage"] for line in done.stdout.splitlines())

        assert exported == sorted(own["stage"])
        assert table != "metric" or set(exported) == {"training"}


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "parquet"])
def test_kinds(perfmon: Perfmon, recorded: Path, tmp_path: Path, kind: str) -> None:
    """Another program reads from each the values that were recorded; a loss that is NaN stays NaN."""
    done = perfmon("export", "runs", "--format", kind, "-o", "out")
    path = tmp_path / "out" / f"metric.{kind}"
    read = {"csv": "read_csv", "parquet": "read_parquet"}.get(kind, "read_json")
    found = duckdb.execute(f"select name, value, series, origin from {read}('{path}') order by name").fetchall()

    assert (done.returncode, done.stderr) == (0, "")
    assert f"out/metric.{kind}: 2 rows" in done.stdout
    assert [row[0] for row in found] == ["loss", "r2"]
    assert math.isnan(float(str(found[0][1]).strip('"')))  # JSON has no such number, but its name
    assert float(found[1][1]) == 0.5
    assert {row[2:] for row in found} == {("L1", "measured")}


def test_all_tables_of_all_runs(perfmon: Perfmon, tmp_path: Path) -> None:
    """A file for each table that has rows; runs follow each other."""
    perfmon("synth", "runs", "--scale", "0.001")
    done = perfmon("export", "runs", "-o", "out")
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    whole = load(tmp_path / "runs")

    assert done.returncode == 0
    assert names == {table for table in schema.TABLES if len(whole.table(table))}
    for table in names:
        exported = rows((tmp_path / "out" / f"{table}.csv").read_text())
        assert len(exported) == len(whole.table(table))
        assert {row["origin"] for row in exported} == {"synthetic"}
    assert len({row["run"] for row in rows((tmp_path / "out" / "job.csv").read_text())}) == 8


def test_what_was_not_measured_says_so(perfmon: Perfmon) -> None:
    """Whatever columns are chosen."""
    perfmon("synth", "runs", "--scale", "0.001")
    done = perfmon("export", "-1", "--table", "job", "--columns", "rss_bytes")

    assert done.stdout.splitlines()[0] == '"rss_bytes","origin"'
    assert done.stdout.splitlines()[1].endswith(',"synthetic"')


def test_rows_that_are_not_sealed(perfmon: Perfmon, tmp_path: Path) -> None:
    """They are there, once, whether the recorder died before sealing or between."""
    folder = made(tmp_path / "runs", *ticks(0.0, 1.0, 2.0))
    before = rows(perfmon("export", "-1", "--table", "job").stdout)
    recover.recover(str(folder))
    after = rows(perfmon("export", "-1", "--table", "job").stdout)

    assert [row["t"] for row in before] == ["0", "1", "2"]
    assert before == after


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["-1"], 2, "say where to with -o DIR, or one --table"),
        (["-1", "--table", "jobs"], 2, "there is no table 'jobs'; it must be one of host, job"),
        (["-1", "--table", "job", "--columns", "rss"], 2, "table job has no column 'rss'"),
        (["-1", "--table", "gpu"], 1, "no rows of gpu were recorded"),
        (["-1", "--table", "job", "--format", "parquet"], 2, "say where to with -o DIR"),
        (["nothing"], 1, "there is no run 'nothing'"),
    ],
)
def test_mistakes(perfmon: Perfmon, tmp_path: Path, words: list[str], status: int, message: str) -> None:
    """One line says what would be right."""
    made(tmp_path / "runs", *ticks(0.0))
    done = perfmon("export", *words)

    assert done.returncode == status
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"perfmon export: {message}")


def test_files_that_are_there_already(perfmon: Perfmon, tmp_path: Path) -> None:
    """They stay as they are without --force, and no half file is left."""
    made(tmp_path / "runs", *ticks(0.0))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "job.csv").write_text("mine")
    refused = perfmon("export", "-1", "--table", "job", "-o", "out")
    assert (refused.returncode, (tmp_path / "out" / "job.csv").read_text()) == (2, "mine")
    assert "out/job.csv is there already; --force replaces it" in refused.stderr
    assert perfmon("export", "-1", "--table", "job", "-o", "out", "--force").returncode == 0

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["job.csv"]
    assert len(rows((tmp_path / "out" / "job.csv").read_text())) == 1


def test_nobody_reads_to_the_end(tmp_path: Path) -> None:
    """`perfmon export | head` is no error."""
    subprocess.run([PERFMON, "synth", "runs"], cwd=tmp_path, check=True, capture_output=True)
    for kind in ("csv", "jsonl"):
        command = f"'{PERFMON}' export runs --table sampler --format {kind} | head -n 1; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)

        assert (done.stderr, done.stdout.splitlines()[-1]) == ("", "0")


@pytest.mark.parametrize("what", ["job", "job/x-0001.parquet", "journal/x-0001.jsonl"])
def test_links_and_pipes_lead_nowhere(perfmon: Perfmon, tmp_path: Path, what: str) -> None:
    """In a folder that somebody else made, neither is read; the rest is exported, and a line says so."""
    other = made(tmp_path / "other", ("job", {"t": 0.0, "rss_bytes": 987_654_321}))
    folder = made(tmp_path / "runs", *ticks(0.0))
    place = folder / what
    place.parent.mkdir(exist_ok=True)
    if what == "job":
        recover.recover(str(other))
        place.symlink_to(other / "job")
    else:
        os.mkfifo(place)
    done = perfmon("export", "-1", "--table", "job")

    assert done.returncode == 0
    assert "987654321" not in done.stdout
    assert len(rows(done.stdout)) == 1
    assert str(what) in done.stderr


def test_strange_files(perfmon: Perfmon, tmp_path: Path) -> None:
    """A file that is not Parquet costs itself, and a column of another type is null; one line names each."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    run_json.write_facts(str(folder), facts(folder) | {"stage": ["evil"], "origin": 7})
    (folder / "job").mkdir()
    (folder / "job" / "x-0001.parquet").write_bytes(b"PAR1 no")
    pq.write_table(pa.table({"t": ["x"], "rss_bytes": [[1]]}), folder / "job" / "y-0001.parquet")
    done = perfmon("export", "-1", "--table", "job", "--format", "jsonl")

    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert [json.loads(line)["rss_bytes"] for line in done.stdout.splitlines()] == [None, 1000]
    assert {name for name in ("x-0001", "y-0001") if name in done.stderr} == {"x-0001", "y-0001"}


def test_memory_does_not_grow(perfmon: Perfmon, tmp_path: Path) -> None:
    """Five million rows take little more memory than one: they would fill 80 MB."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    (folder / "job").mkdir()
    target = pa.schema([("t", pa.float64()), ("rss_bytes", pa.int64())])
    with pq.ParquetWriter(folder / "job" / "x-0001.parquet", target) as writer:
        for _ in range(50):
            writer.write_table(pa.table({"t": [0.5] * 100_000, "rss_bytes": [12345] * 100_000}, schema=target))
    peaks = []
    for words in (["--table", "sampler"], ["--table", "job"]):
        pid = os.posix_spawn(
            PERFMON, [PERFMON, "export", str(folder), *words, "--format", "csv", "-o", str(tmp_path / "o")], os.environ
        )
        _, status, usage = os.wait4(pid, 0)
        assert status == 0
        peaks.append(usage.ru_maxrss * 1024)

    with (tmp_path / "o" / "job.csv").open("rb") as file:
        assert sum(1 for _ in file) == 5_000_002
    assert peaks[1] - peaks[0] < 60e6
