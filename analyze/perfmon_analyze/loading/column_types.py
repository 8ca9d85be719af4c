"""Checks and converts the types of columns, since a run folder may have been written by another program.

Types that convert without loss are accepted, such as 32 bits for 64, or text without a dictionary. A column of any
other type counts as damaged: it is reported, and left out.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from perfmon.store import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

TEXT = pa.dictionary(pa.int32(), pa.string())
KINDS = {"int64": pa.int64(), "float64": pa.float64(), "string": TEXT, "timestamp": pa.timestamp("ns", "UTC")}
LARGEST = float(1 << 63)
_NAMED = 5  # columns that a complaint names
_LOGGED = "value"  # a logged value may be infinite or NaN; a measured one is a finite number or null


def of_table(table: str) -> dict[str, pa.DataType]:
    """Return the types in memory of a table's columns, by name."""
    return {column.name: KINDS[column.type] for column in schema.columns(table)}


def in_memory(kind: pa.DataType) -> pa.DataType:
    """Return the type in memory of a column that is not part of the format."""
    return TEXT if _is_text(kind) else kind


def wrong(table: str, found: pa.Schema) -> dict[str, str]:
    """Return the problem of each invalid column of a file of this table, by name."""
    kinds, counts = of_table(table), Counter(found.names)
    problems = {field.name: _problem(kinds.get(field.name), field.type) for field in found}
    problems |= {name: "is there more than once" for name, count in counts.items() if count > 1}
    return {name: why for name, why in problems.items() if why}


def exact(table: str, found: Iterable[pa.Field]) -> frozenset[str]:
    """Return the names of the columns that need no conversion."""
    kinds = of_table(table)
    return frozenset(field.name for field in found if kinds.get(field.name) == field.type)


def fit_columns(piece: pa.Table, target: pa.Schema) -> tuple[pa.Table, dict[str, str]]:
    """Convert rows to the target's columns; return them and the problems by column, whose bad values are null."""
    columns, problems = [], {}
    for field in target:
        try:
            column = _column(piece, field)
            columns.append(_readings(column) if field.type == pa.float64() and field.name != _LOGGED else column)
            if strange := columns[-1].null_count - column.null_count:
                problems[field.name] = f"has {strange} values that can be no readings"
        except pa.ArrowException as error:
            problems[field.name] = f"cannot be read ({first_line(error)})"
            columns.append(pa.chunked_array([pa.nulls(len(piece), field.type)]))
    return pa.Table.from_arrays(columns, schema=target), problems


def wrong_columns_message(path: str, problems: Mapping[str, str]) -> str:
    """Return the message on a file of which some columns, or values in them, are left out."""
    listed = "; ".join(f"{name} {why}" for name, why in list(problems.items())[:_NAMED])
    more = f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    return f"{path} holds what is left out, the rest counts: {listed}{more}"


def first_line(error: Exception) -> str:
    """Return the first line of an error of Arrow."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _column(piece: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    """Return one column of a table in its type in memory; nulls if the table lacks it.

    Raises:
        pa.ArrowException: a value does not fit the type, or is invalid.
    """
    if field.name not in piece.schema.names:
        return pa.chunked_array([pa.nulls(len(piece), field.type)])
    column = piece[field.name]
    if field.type == TEXT:
        column.validate(full=True)  # reading does not look at whether it is UTF-8
        column = column if column.type == TEXT else column.cast(pa.string()).dictionary_encode()
    return column if column.type == field.type else column.cast(field.type)


def _problem(wanted: pa.DataType | None, found: pa.DataType) -> str:
    """Return why a type cannot be converted to the wanted one; empty if it can."""
    kinds = _ALIKE.values() if wanted is None else (_ALIKE[wanted],)
    if pa.types.is_null(found) or any(fits(found) for fits in kinds):
        return ""
    return f"is of type {found}" + ("" if wanted is None else f", not {_type_name(wanted)}")


def _type_name(kind: pa.DataType) -> str:
    return "text" if kind == TEXT else str(kind)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


_ALIKE: Mapping[pa.DataType, Callable[[pa.DataType], bool]] = {
    pa.int64(): _is_number,
    pa.float64(): _is_number,
    TEXT: _is_text,
    pa.timestamp("ns", "UTC"): pa.types.is_timestamp,
}


def is_reading(value: float) -> bool:
    """Whether a number can be a measured value: those are finite, and fit into 64 bits."""
    return abs(value) < LARGEST


def _readings(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the numbers, with null for those that cannot be measured values."""
    return numbers if all(map(_are_readings, numbers.chunks)) else pa.chunked_array(map(_nulled, numbers.chunks))


def _are_readings(numbers: pa.Array) -> bool:
    if numbers.null_count == len(numbers):
        return True
    values = np.frombuffer(numbers.buffers()[1], np.float64, count=len(numbers), offset=8 * numbers.offset)
    return bool((np.abs(values) < LARGEST).all())


def _nulled(numbers: pa.Array) -> pa.Array:
    values = [value if value is not None and is_reading(value) else None for value in numbers.to_pylist()]
    return pa.array(values, pa.float64())
