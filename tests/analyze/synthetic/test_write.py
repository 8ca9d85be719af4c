"""The eight run folders."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from perfmon.store import run_json, schema
from perfmon.store.run_json import Labels
from perfmon_analyze.synthetic.write import write_study
from tests.analyze.synthetic.studies import arrow, contents, frame

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.synthetic.studies import Study

EVERYWHERE = {"host", "job", "gpu", "folder", "phase", "sampler"}


def test_the_study_has_its_eight_runs(study: Study) -> None:
    """Stages, models, variants, series and lengths are those of the study."""
    told = [(f["stage"], f["model"], f["variant"], f["series"], f["duration_seconds"]) for f in study.facts()]

    assert told == [
        ("activation_saving", "bielik12", None, None, 16_200),
        ("activation_saving", "bielik45", None, None, 3_120),
        ("training", "bielik12", None, None, 25_200),
        ("training", "bielik45", None, None, 32_400),
        ("inference", "bielik12", "detectors", "L15", 36_000),
        ("inference", "bielik45", "detectors", "L28", 36_000),
        ("inference", "bielik12", "baseline", None, 36_000),
        ("inference", "bielik45", "baseline", None, 36_000),
    ]


def test_runs_are_finished_and_made_up(study: Study) -> None:
    """run.json says that a run is synthetic and over, with a measured run's keys and nothing of this machine."""
    measured = run_json.initial_facts(
        "",
        Labels(),
        {},
        command=[],
        cwd="",
        interval=1.0,
        folders=[],
        begin=dict.fromkeys(("begin_time", "begin_monotonic", "boot_id")),
    )
    for known in study.facts():
        text = str(known)

        assert (known["origin"], known["state"], known["dataset"]) == ("synthetic", "finished", "polemo2")
        assert list(known) == list(measured)
        assert os.uname().nodename not in text
        assert os.getcwd() not in text


def test_tables_are_those_of_measured_runs(study: Study) -> None:
    """Each run has the sampled tables, training its metrics, inference with detectors its batches; all are marked."""
    for folder, known in zip(study.folders, study.facts(), strict=True):
        tables = {name for name in os.listdir(folder) if name != "run.json"}
        extra = {"metric"} if known["stage"] == "training" else {"batch"} if known["series"] else set()

        assert tables == EVERYWHERE | extra
        for table in tables:
            read = arrow(folder, table)
            assert read.column_names == [column.name for column in schema.columns(table)]
            assert read.schema.metadata[b"perfmon.origin"] == b"synthetic"


def test_rows_carry_their_runs_labels(study: Study) -> None:
    """The constant columns of every row are those of run.json; no rank is known."""
    names = ["run", "stage", "model", "variant", "host"]
    for folder, known in zip(study.folders, study.facts(), strict=True):
        rows = arrow(folder, "job").select([*names, "rank"]).group_by([*names, "rank"]).aggregate([]).to_pylist()

        assert rows == [{name: known[name] for name in names} | {"rank": None}]


def test_time_and_t_agree(study: Study) -> None:
    """A row's wall clock is the run's start and its t, to the wall clock's 1 ms."""
    for folder, known in zip(study.folders, study.facts(), strict=True):
        rows = frame(folder, "gpu")
        since = rows["time"] - pd.Timestamp(str(known["begin_time"]))

        assert since.dt.total_seconds().to_numpy() == pytest.approx(rows["t"].to_numpy(), abs=1.1e-3)


def test_others_can_read_it(study: Study) -> None:
    """DuckDB reads the whole study in one line: 61 hours at a sample a minute, both ends included."""
    runs = os.path.dirname(study.folders[0])
    seconds = sum(float(str(known["duration_seconds"])) for known in study.facts())

    with duckdb.connect() as connection:
        query = f"select count(*) from read_parquet('{runs}/*/gpu/*.parquet', union_by_name=true)"
        ((rows,),) = connection.execute(query).fetchall()

    assert rows == pytest.approx(seconds / 60 + 8, abs=8)


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """Two calls write the same names and the same bytes."""
    for name in ("one", "two"):
        assert len(list(write_study(str(tmp_path / name), seed=5, scale=0.01))) == 8

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_another_seed_makes_other_noise(small_study: Study, tmp_path: Path) -> None:
    """Another seed changes the names and the readings, not the study."""
    other = list(write_study(str(tmp_path), seed=1, scale=0.01))

    assert not {os.path.basename(path) for path in small_study.folders} & {os.path.basename(path) for path in other}
    assert not frame(small_study.folders[0], "gpu")["power_watts"].equals(frame(other[0], "gpu")["power_watts"])


def test_a_hundredth_is_still_a_study(small_study: Study) -> None:
    """At a scale of 0.01 the runs take a hundredth, a sample a second, with all epochs and some batches and files."""
    for folder, known in zip(small_study.folders, small_study.facts(), strict=True):
        seconds = float(str(known["duration_seconds"]))

        assert known["interval_seconds"] == 1
        assert len(frame(folder, "job")) == pytest.approx(seconds + 2, abs=2)
        assert frame(folder, "folder")["files"].iloc[-1] >= 5
    durations = [known["duration_seconds"] for known in small_study.facts()]
    assert durations == [162, 31.2, 252, 324, 360, 360, 360, 360]
    assert len(small_study.table("metric", "training", "bielik45")) == 2 * 25 * 4
    assert len(small_study.table("batch", "inference", "bielik45", "detectors")) >= 20


def test_no_run_is_shorter_than_20_seconds(tmp_path: Path) -> None:
    """A tiny scale leaves every run 20 s, and still all its epochs."""
    folders = list(write_study(str(tmp_path), scale=1e-6))

    assert [frame(folder, "gpu")["t"].iloc[-1] for folder in folders] == [20.0] * 8
    assert len(frame(folders[2], "metric")) == 2 * 25 * 4


def test_an_interval_reads_the_same_work(study: Study, close_study: Study) -> None:
    """The interval only decides when readings are taken: energy and files come out the same."""
    for coarse, close in zip(study.folders, close_study.folders, strict=True):
        for table, column in (("gpu", "energy_joules"), ("folder", "growth_bytes"), ("job", "cpu_user_seconds")):
            assert frame(coarse, table)[column].iloc[-1] == frame(close, table)[column].iloc[-1]


def test_refuses_to_write_over_runs(tmp_path: Path) -> None:
    """Where one of the runs is already, nothing is written and nothing changes."""
    first, *others = write_study(str(tmp_path / "whole"), scale=0.01)
    (tmp_path / "runs").mkdir()
    kept = tmp_path / "runs" / os.path.basename(others[-1])
    kept.mkdir()

    with pytest.raises(FileExistsError, match="already"):
        list(write_study(str(tmp_path / "runs"), scale=0.01))

    assert os.listdir(tmp_path / "runs") == [kept.name]
    assert os.path.basename(first) != kept.name


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seed": -1}, "the seed must be 0 or more"),
        ({"scale": 0.0}, "the scale must be above 0"),
        ({"scale": 11.0}, "the scale must be above 0 and at most 10"),
        ({"interval": 0.001}, "lengthen it"),
    ],
)
def test_refuses_what_makes_no_study(tmp_path: Path, wrong: dict[str, float], sentence: str) -> None:
    """Numbers out of range are refused before anything is written."""
    with pytest.raises(ValueError, match=sentence):
        list(write_study(str(tmp_path / "runs"), **wrong))  # type: ignore[arg-type]  # wrong on purpose

    assert not (tmp_path / "runs").exists()
