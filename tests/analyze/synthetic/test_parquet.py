"""Columns as Arrow tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from perfmon.store import schema
from perfmon_analyze.synthetic.parquet import arrow_table

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.tables import Columns

FACTS = {"run": "r", "stage": "training", "model": None, "config": {"not": "a column"}, "origin": "synthetic"}


def test_what_nobody_tells_is_null() -> None:
    """Labels come from the facts, NaN and columns that are not given are null, and one word stands for all rows."""
    columns: Columns = {"t": np.array([0.0, 1.0]), "path": "outputs", "size_bytes": np.array([4096.0, np.nan])}

    first, second = arrow_table("folder", columns, FACTS, begin_nanoseconds=0).to_pylist()

    assert {
        "run": "r",
        "stage": "training",
        "model": None,
        "path": "outputs",
        "size_bytes": 4096,
    }.items() <= first.items()
    assert (second["size_bytes"], second["files"], second["path"]) == (None, None, "outputs")


def test_time_follows_t() -> None:
    """The wall clock of a row is the run's start and its t, to 1 ms."""
    table = arrow_table("job", {"t": np.array([1.00112])}, FACTS, begin_nanoseconds=5_000_000_000)

    assert table["time"].cast("int64").to_pylist() == [6_001_000_000]


def test_a_table_has_the_formats_columns() -> None:
    """All columns of the format are there, in its order, and the metadata say that the values are made up."""
    table = arrow_table("phase", {"t": np.array([0.0])}, FACTS, begin_nanoseconds=0)

    assert table.column_names == [column.name for column in schema.columns("phase")]
    assert table.schema.metadata[b"perfmon.origin"] == b"synthetic"


def test_refuses_a_column_that_the_format_does_not_have() -> None:
    """A misspelt column is an error, not a lost one."""
    with pytest.raises(ValueError, match="folder has no columns \\['bytes'\\]"):
        arrow_table("folder", {"t": np.array([0.0]), "bytes": np.array([1.0])}, FACTS, begin_nanoseconds=0)
