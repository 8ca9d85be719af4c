"""Journals become Parquet that anybody can read."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from perfmon.store import journal, layout, parquet, publish, run_json, schema, seal

FACTS: dict[str, object] = {"format": 1, "run": "r1", "perfmon_version": "1", "origin": "measured"}
LABELS: journal.Row = {"run": "r1", "stage": "training", "model": "bielik12", "host": "h", "rank": 3}


def make_run(folder: Path, *contents: list[tuple[str, journal.Row]]) -> None:
    """A run folder with one journal for each content."""
    (folder / layout.JOURNAL).mkdir()
    run_json.write_facts(str(folder), FACTS)
    for number, rows in enumerate(contents):
        writer = journal.Journal(layout.journal_path(str(folder), f"h-1-{number:08x}-0001"), LABELS)
        writer.append(rows)
        writer.close()


def query(select: str, folder: Path, table: str) -> list[tuple[object, ...]]:
    """What DuckDB reads from a table's files."""
    return duckdb.execute(f"{select} '{folder}/{table}/*.parquet'").fetchall()


def test_rows_come_back_with_labels_and_types(tmp_path: Path) -> None:
    """A foreign reader sees every row, the labels of its journal, nulls where nothing was known, UTC times to 1 ms."""
    make_run(
        tmp_path,
        [
            ("job", {"time": 1_700_000_000_000_900_000, "t": 0.5, "rss_bytes": 2**40}),
            ("metric", {"time": 0, "t": 1.0, "series": "L15", "name": "loss", "value": float("nan")}),
        ],
    )
    assert seal.seal(str(tmp_path)) == seal.SealResult(journals=1, damaged=0, locked=0, problems=())
    job = "select epoch_ns(time), t, stage, rank, rss_bytes, threads from"
    metric = "select series, isnan(value), epoch from"

    assert query(job, tmp_path, "job") == [(1_700_000_000_000_000_000, 0.5, "training", 3, 2**40, None)]
    assert query(metric, tmp_path, "metric") == [("L15", True, None)]
    assert not (tmp_path / layout.JOURNAL).exists()


def test_metadata_says_unit_kind_meaning_and_origin(tmp_path: Path) -> None:
    """What a column is stands in the file itself."""
    make_run(tmp_path, [("job", {"t": 0.0, "rss_bytes": 1})])
    seal.seal(str(tmp_path))
    read = pq.read_schema(next((tmp_path / "job").iterdir()))
    column = next(c for c in schema.TABLES["job"] if c.name == "rss_bytes")

    assert read.field("rss_bytes").metadata == {
        b"unit": b"B",
        b"kind": b"gauge",
        b"meaning": column.meaning.encode(),
    }
    assert read.metadata[b"perfmon.origin"] == b"measured"


def test_a_strange_value_costs_itself_only(tmp_path: Path) -> None:
    """A value that does not fit its column becomes null, and its row and its neighbours stay."""
    rows: list[tuple[str, journal.Row]] = [
        ("job", {"t": 0.0, "rss_bytes": "much"}),
        ("job", {"t": 1.0, "rss_bytes": 2**70}),
        ("job", {"t": 2.0, "rss_bytes": 5}),
        ("folder", {"t": 0.0, "path": "/data/\udcff"}),
    ]
    make_run(tmp_path, rows)
    seal.seal(str(tmp_path))
    job = query("select t, rss_bytes from", tmp_path, "job")

    assert job == [(0.0, None), (1.0, None), (2.0, 5)]
    assert query("select path from", tmp_path, "folder") == [("/data/?",)]


def test_a_journal_that_is_held_stays(tmp_path: Path) -> None:
    """Nobody's rows are sealed away from under them."""
    make_run(tmp_path, [("job", {"t": 0.0})])
    path = layout.journal_path(str(tmp_path), "h-2-00000000-0001")
    writer = journal.Journal(path, LABELS)
    seal.seal(str(tmp_path))

    assert os.listdir(tmp_path / layout.JOURNAL) == ["h-2-00000000-0001.jsonl"]
    writer.close()


def test_sealing_again_changes_nothing(tmp_path: Path) -> None:
    """A sealer that died between publishing a segment and removing the journal costs nothing and doubles nothing."""
    make_run(tmp_path, [("job", {"t": 0.0})])
    kept = Path(layout.journal_path(str(tmp_path), "h-1-00000000-0001")).read_bytes()
    seal.seal(str(tmp_path))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    (tmp_path / layout.JOURNAL).mkdir()
    Path(layout.journal_path(str(tmp_path), "h-1-00000000-0001")).write_bytes(kept)
    seal.seal(str(tmp_path))

    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before


def test_segments_are_never_overwritten(tmp_path: Path) -> None:
    """Publishing over a file that is there fails, and leaves no temporary file."""
    data = parquet.encode(parquet.to_arrow("job", [{"t": 0.0}], LABELS, FACTS), {"job": 1})
    path = tmp_path / "job" / "x-0001.parquet"
    publish.publish([(str(path), data)])
    with pytest.raises(FileExistsError):
        publish.publish([(str(path), data)])

    assert os.listdir(tmp_path / "job") == ["x-0001.parquet"]


def test_no_column_is_an_sql_keyword() -> None:
    """Every column can be written in SQL without quotes."""
    reserved = {
        word
        for (word,) in duckdb.execute(
            "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'"
        ).fetchall()
    }
    names = {column.name for table in schema.TABLES for column in schema.columns(table)}

    assert names & reserved == set()


def test_files_of_others_stay(tmp_path: Path) -> None:
    """Sealing removes journals and what a killed sealer left, and nothing else for its name."""
    make_run(tmp_path, [("job", {"t": 0.0, "rss_bytes": 1})])
    (tmp_path / "job").mkdir()
    left_over = tmp_path / "job" / "h-1-00000000-0001.parquet.7.tmp"
    left_over.write_bytes(b"PAR1 torn")
    kept = {
        tmp_path / "journal" / "diary.jsonl": b"[1]\n",
        tmp_path / "journal" / "h-2-00000000-0001.jsonl": b"precious\n",
        tmp_path / "job" / "notes.tmp": b"precious",
        tmp_path / "job" / "h-2-00000000-0001.parquet.7.tmp": b"precious",
    }
    for path, content in kept.items():
        path.write_bytes(content)
    sealed = seal.seal(str(tmp_path))

    assert (sealed.journals, len(sealed.problems), left_over.exists()) == (1, 1, False)
    assert "not a line of it is perfmon's, and it stays" in sealed.problems[0]
    assert {path: path.read_bytes() for path in kept} == kept
