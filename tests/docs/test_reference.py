"""The documentation says what the code does: columns, facts, verbs and commands."""

from __future__ import annotations

import glob
import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import polars
import pytest

from perfmon.cli.verbs import VERBS
from perfmon.redaction.redactor import ENVIRONMENT
from perfmon.store import layout, run_json, schema
from perfmon.store.run_json import Labels
from tests.conftest import PERFMON, Perfmon

ROOT = Path(__file__).parents[2]
FORMAT = (ROOT / "docs" / "format.md").read_text()
METRICS = (ROOT / "docs" / "metrics.md").read_text()


def documented(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading of metrics.md, by column name."""
    section = METRICS.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): [cell.strip() for cell in row[1:]] for row in rows}


@pytest.mark.parametrize(
    ("heading", "columns"),
    [("All tables", schema.COMMON), *((f"`{table}`", columns) for table, columns in schema.TABLES.items())],
)
def test_metrics_lists_exactly_the_columns(heading: str, columns: tuple[schema.Column, ...]) -> None:
    """Each table's columns stand in metrics.md, in order, with unit, kind, meaning and source, and no others do."""
    rows = documented(heading)

    assert list(rows) == [column.name for column in columns]
    for column in columns:
        unit, kind, meaning, source, _ = rows[column.name]
        assert (unit, kind, meaning) == (column.unit, column.kind, column.meaning)
        assert source


def test_metrics_has_no_table_that_does_not_exist() -> None:
    """The headings of metrics.md are the tables."""
    assert re.findall(r"^## `(\w+)`$", METRICS, re.MULTILINE) == list(schema.TABLES)


def test_format_lists_exactly_the_facts() -> None:
    """The keys of run.json in format.md are those that a run begins with."""
    section = FORMAT.partition("## run.json")[2].partition("\n## ")[0]
    keys = [
        key
        for line in section.splitlines()
        if line.startswith("| `")
        for key in re.findall(r"`(\w+)`", line.split("|")[1])
    ]
    begun = run_json.initial_facts(
        "r",
        Labels(),
        {},
        command=[],
        cwd="/",
        interval=1.0,
        folders=[],
        begin={"begin_time": 0, "begin_monotonic": 0, "boot_id": ""},
    )

    assert sorted(keys) == sorted([*begun, "stage_given", "gpus_wanted", "recorder"])


def test_format_lists_exactly_the_variables() -> None:
    """The variables in format.md are those that are recorded of a command's environment."""
    (row,) = [line for line in FORMAT.splitlines() if line.startswith("| `environment` |")]

    assert re.findall(r"`([^`]+)`", row) == ["environment", *ENVIRONMENT]


def test_format_names_this_format() -> None:
    """The document is about the format that the code writes, and its history ends with it."""
    assert f"Format {layout.FORMAT}." in FORMAT
    assert f"\n| {layout.FORMAT} | " in FORMAT.partition("## History")[2]


def test_readers_of_somebody_else(perfmon: Perfmon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one line shown for each of DuckDB, Polars and pandas reads what was recorded."""
    for number in range(2):
        perfmon("run", "--model", f"m{number}", "--", "sleep", "1")
    monkeypatch.chdir(tmp_path)
    (sql,) = re.findall(r"-- DuckDB\n(.*)\n", FORMAT)
    (polars_line,) = re.findall(r"# Polars\nimport polars; (.*)\n", FORMAT)
    (pandas_line,) = re.findall(r"# pandas\nimport glob, pandas; (.*)\n", FORMAT)
    by_duckdb = duckdb.execute(sql).fetchall()
    by_polars = eval(polars_line, {"polars": polars})
    by_pandas = eval(pandas_line, {"glob": glob, "pandas": __import__("pandas")})

    assert sorted(row[1] for row in by_duckdb) == sorted(by_polars["model"]) == ["m0", "m1"]
    assert sorted(row[2] * 2**30 for row in by_duckdb) == sorted(by_polars["rss_bytes"]) == sorted(by_pandas)


def test_every_verb_has_help_with_an_example() -> None:
    """`perfmon VERB --help` explains the verb and shows how it is typed."""
    for verb in VERBS:
        done = subprocess.run([PERFMON, verb, "--help"], capture_output=True, text=True, check=True)

        assert f"perfmon {verb}" in done.stdout
        assert "examples:" in done.stdout


def test_unknown_verb(perfmon: Perfmon) -> None:
    """A verb that is not there is answered with those that are."""
    done = perfmon("rum")

    assert done.returncode == 2
    assert done.stderr == f"perfmon: there is no verb 'rum'; it must be one of {', '.join(VERBS)}\n"


def test_importing_perfmon_is_light() -> None:
    """A pipeline that imports perfmon loads no data library by it, nor does recording from its code."""
    script = (
        "import sys, json; before = set(sys.modules); import perfmon; light = set(sys.modules) - before;"
        "perfmon.record; print(json.dumps([sorted(light), sorted(sys.modules)]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    light, everything = json.loads(done.stdout)

    assert set(light) <= {"__future__", "perfmon"}
    assert not {"pandas", "numpy", "pyarrow", "matplotlib", "psutil", "perfmon_analyze"} & set(everything)
