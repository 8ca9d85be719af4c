"""Rows of a table as a Parquet file in memory.

This is the only room of the recorder that loads a Parquet writer: arro3, which is there sooner than pyarrow and in less
memory (`scripts/benchmark --only seal-cost`).
"""

from __future__ import annotations

import errno
import io
import math

from arro3.core import Array, DataType, Field, Schema, Table
from arro3.io import write_parquet

from perfmon.lean.json_codec import compact
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.store import checksum, layout, schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from perfmon.store.journal import Row, Value
    from perfmon.store.schema import Column

_TYPES = {
    "int64": DataType.int64(),
    "float64": DataType.float64(),
    "string": DataType.dictionary(DataType.int32(), DataType.string()),
    "timestamp": DataType.timestamp("ns", tz="UTC"),
}
_INPUT_TYPES = _TYPES | {"string": DataType.string(), "timestamp": DataType.int64()}  # and cast to the above
_INT64_END = 1 << 63
ROWS_KEY = "perfmon.rows"  # of a segment: the rows that its journal had, of each table
COMPRESSION = "zstd(15)"  # what other levels take and save, `scripts/benchmark --only seal-cost` prints
_FEW_ROWS = 3  # so few take more room compressed, and twice the time


def arrow_schema(table: str, facts: Mapping[str, object]) -> Schema:
    """The Arrow schema of a table, with unit, kind and meaning in each field's metadata."""
    fields = [
        Field(c.name, _TYPES[c.type], metadata={"unit": c.unit, "kind": c.kind, "meaning": c.meaning})
        for c in schema.columns(table)
    ]
    metadata = {
        "perfmon.format": str(layout.FORMAT),
        "perfmon.table": table,
        "perfmon.origin": str(facts.get("origin", "measured")),
        "perfmon.run": str(facts.get("run", "")),
    }
    return Schema(fields, metadata=metadata)


def to_arrow(table: str, rows: Sequence[Row], labels: Row, facts: Mapping[str, object]) -> Table:
    """Rows of one table as an Arrow table; what a row does not hold it takes from the labels, or it is null.

    A value that does not fit its column becomes null: one strange value must not cost the others. Values are rounded
    to the resolution of their column.
    """
    arrays = []
    for column in schema.columns(table):
        default = labels.get(column.name) if column.name in schema.CONSTANT else None
        values = [_fitting(row.get(column.name, default), column) for row in rows]
        input_type, wanted = _INPUT_TYPES[column.type], _TYPES[column.type]
        arrays.append(
            Array(values, type=input_type) if input_type is wanted else Array(values, type=input_type).cast(wanted)
        )
    return Table.from_arrays(arrays, schema=arrow_schema(table, facts))


def _fitting(value: Value, column: Column) -> Value:
    """The value as its column can hold it, or None."""
    if column.type == "string":  # a file name that is not UTF-8 holds surrogates
        return value.encode(errors="replace").decode() if isinstance(value, str) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    if column.type == "float64":
        return _real(value, column.resolution)
    return _whole(value, int(column.resolution) or 1)


def _real(value: float, resolution: float) -> float | None:
    try:
        return round(value / resolution) * resolution if resolution and math.isfinite(value) else float(value)
    except OverflowError:  # an integer, or a quotient, that is larger than any float
        return None


def _whole(value: float, resolution: int) -> int | None:
    if not math.isfinite(value) or value != int(value) or not -_INT64_END <= value < _INT64_END:
        return None
    return int(value) // resolution * resolution


def encode(table: Table, journal_rows: Mapping[str, int]) -> bytearray:
    """A table of a run as a Parquet file, with its checksum in it.

    `journal_rows` is the number of rows by table of its journal: each segment states the others of the journal, so that
    a reader can detect a missing one.

    Raises:
        OSError: it cannot be written as Parquet.
    """
    metadata = table.schema.metadata_str
    columns = schema.columns(metadata["perfmon.table"])
    file = io.BytesIO()
    try:
        write_parquet(
            table,
            file,
            compression=COMPRESSION if table.num_rows > _FEW_ROWS else "uncompressed",
            column_dictionary_enabled={c.name: c.type == "string" for c in columns},
            column_encoding={c.name: encoding for c in columns if (encoding := _encoding(c))},
            key_value_metadata=metadata | {ROWS_KEY: compact(journal_rows), checksum.KEY: checksum.BLANK},
        )
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic in Rust is no Exception
        raise OSError(errno.EIO, f"table {metadata['perfmon.table']} cannot be written as Parquet: {error}") from None
    data = bytearray(file.getbuffer())
    checksum.write_checksum(data)
    return data


def _encoding(column: Column) -> Literal["delta_binary_packed", "byte_stream_split", "plain"] | None:
    """Return the encoding of a column's numbers, of Parquet format 2, which all current readers support."""
    if column.type in ("int64", "timestamp"):
        return "delta_binary_packed"
    if column.resolution:
        return "byte_stream_split"  # their last bytes are zero
    return None if column.type == "string" else "plain"
