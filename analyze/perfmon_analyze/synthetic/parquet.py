"""Columns of numbers and words as the recorder's own Parquet tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from perfmon import schema
from perfmon.seal import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfmon_analyze.synthetic.tables import Columns

_TICKS_PER_SECOND, _NANOSECONDS_PER_TICK = 10_000, 100_000  # t and time are told to 0.1 ms


def arrow_table(table: str, columns: Columns, facts: Mapping[str, object], *, begin_nanoseconds: int) -> pa.Table:
    """A table of a run in the format of the run folder; labels come from the facts, what nobody tells is null.

    Raises:
        ValueError: there is a column that the format does not have.
    """
    fields = arrow_schema(table, facts)
    if strange := columns.keys() - set(fields.names):
        raise ValueError(f"table {table} has no columns {sorted(strange)}")
    t = np.asarray(columns["t"])
    since = np.round(t * _TICKS_PER_SECOND).astype(np.int64) * _NANOSECONDS_PER_TICK
    labels = {column.name: facts.get(column.name) for column in schema.COMMON}
    known = {**labels, **columns, "time": begin_nanoseconds + since}
    return pa.table([_array(known.get(f.name), f.type, len(t)) for f in fields], schema=fields)


def _array(values: object, kind: pa.DataType, count: int) -> pa.Array:
    if values is None:
        return pa.nulls(count, kind)
    if isinstance(values, str):
        return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [values])
    if pa.types.is_dictionary(kind):
        return pa.array(values, pa.string()).dictionary_encode()
    # NaN says that a value is not known
    return pa.array(values, from_pandas=True).cast(kind)
