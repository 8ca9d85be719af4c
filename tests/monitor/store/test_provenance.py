"""No value is missing without a word: an event says why and when, or the documentation says what null means there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from perfmon.store import schema
from tests.conftest import OnlyRun, Perfmon

METRICS = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text()
WORK = "import subprocess, time\nheld = bytearray(30_000_000)\ntime.sleep(0.4)\nsubprocess.run(['sleep', '0.4'])"
TABLES = ("host", "job", "folder", "sampler")


def section(table: str) -> str:
    """What the documentation says of a table."""
    return METRICS.split(f"\n## `{table}`\n")[1].split("\n## ")[0]


@pytest.fixture
def run(perfmon: Perfmon, only_run: OnlyRun, tmp_path: Path) -> Path:
    """A run in which a process came and went."""
    (tmp_path / "work.py").write_text(WORK)
    done = perfmon("run", "--quiet", "--interval", "50ms", "--", sys.executable, str(tmp_path / "work.py"))
    assert done.returncode == 0
    return only_run()


def test_each_null_has_a_reason(run: Path) -> None:
    """In every table and column of a real run that has a null."""
    labels = {column.name for column in schema.COMMON}
    told = {(row["source"], row["column_name"]) for row in pq.read_table(run / "event").to_pylist()}
    unsaid = []
    for table in TABLES:
        rows = pq.read_table(run / table)
        for name in set(rows.column_names) - labels:
            if rows[name].null_count and (table, name) not in told:
                (line,) = re.findall(rf"^\| `{name}` \|.*$", section(table), re.MULTILINE)
                unsaid += [] if re.search("[Nn]ull|the same", line) else [(table, name)]

    assert unsaid == []
    assert pq.read_table(run / "job")["pss_bytes"].null_count  # there are some to look at


def test_events_of_nulls_have_a_known_reason_and_a_span(run: Path) -> None:
    """The reasons are those that the documentation lists, and begin before they end."""
    (line,) = re.findall(r"^\| `reason` \|.*reason code: ([^;]*);", METRICS, re.MULTILINE)
    rows = [row for row in pq.read_table(run / "event").to_pylist() if row["kind"] == "null"]

    assert rows
    for row in rows:
        assert row["reason"] in line.split(", ")
        assert row["detail"]
        assert row["end_t"] is None or row["begin_t"] <= row["end_t"]
