"""Writes columns as Parquet tables like the recorder's, with the same bytes each time."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from perfmon.store import checksum, schema
from perfmon.store.parquet import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfmon.store.schema import Column
    from perfmon_analyze.synthetic.tables import Columns

_TICKS_PER_SECOND, _NANOSECONDS_PER_TICK = 10_000, 100_000  # t and time are taken to 0.1 ms, as a recorder does
_TIME_ENCODING = "DELTA_BINARY_PACKED"


def arrow_table(table: str, columns: Columns, facts: Mapping[str, object], *, begin_nanoseconds: int) -> pa.Table:
    """A table of a run in the format of the run folder; labels come from the facts, what nobody tells is null.

    Raises:
        ValueError: there is a column that the format does not have.
    """
    fields = _schema(table, facts)
    if strange := columns.keys() - set(fields.names):
        raise ValueError(f"table {table} has no columns {sorted(strange)}")
    t = np.asarray(columns["t"])
    since = np.round(t * _TICKS_PER_SECOND).astype(np.int64) * _NANOSECONDS_PER_TICK
    labels = {column.name: facts.get(column.name) for column in schema.COMMON}
    known = {**labels, **columns, "time": begin_nanoseconds + since}
    arrays = [
        _array(known.get(column.name), column, field.type, len(t))
        for column, field in zip(schema.columns(table), fields, strict=True)
    ]
    return pa.table(arrays, schema=fields)


def _schema(table: str, facts: Mapping[str, object]) -> pa.Schema:
    """The format's schema, its metadata always in the same order."""
    schema_ = pa.schema(arrow_schema(table, facts))
    fields = [field.with_metadata(dict(sorted(field.metadata.items()))) for field in schema_]
    return pa.schema(fields, dict(sorted(schema_.metadata.items())))


def encode(table: pa.Table) -> bytearray:
    """A table as a Parquet file with its checksum; the recorder's own writer orders metadata anew each time."""
    stamped = table.replace_schema_metadata(table.schema.metadata | {checksum.KEY: checksum.BLANK})
    file = io.BytesIO()
    words = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    pq.write_table(stamped, file, compression="zstd", use_dictionary=words, column_encoding={"time": _TIME_ENCODING})
    data = bytearray(file.getbuffer())
    checksum.write_checksum(data)
    return data


def _array(values: object, column: Column, kind: pa.DataType, count: int) -> pa.Array:
    if values is None:
        return pa.nulls(count, kind)
    if isinstance(values, str):
        return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [values])
    if pa.types.is_dictionary(kind):
        return pa.array(values, pa.string()).dictionary_encode()
    if column.type == "float64" and column.resolution:
        values = np.round(np.asarray(values) / column.resolution) * column.resolution
    elif column.resolution:
        values = np.asarray(values) // int(column.resolution) * int(column.resolution)
    # NaN says that a value is not known
    return pa.array(values, from_pandas=True).cast(kind)
