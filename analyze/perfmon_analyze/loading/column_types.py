"""Columns of the types that the format gives them: a run folder may be somebody else's.

What another library wrote without loss counts, such as 32 bits for 64 or text without a dictionary. A column of any
other type is damaged: it is named, and left out.
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
_LOGGED = "value"  # what a user logged may be infinite, or no number; what was measured is a number or null


def of_table(table: str) -> dict[str, pa.DataType]:
    """The columns of a table by name, with their types in memory."""
    return {column.name: KINDS[column.type] for column in schema.columns(table)}


def in_memory(kind: pa.DataType) -> pa.DataType:
    """The type in memory of a column that the format does not know."""
    return TEXT if _is_text(kind) else kind


def wrong(table: str, found: pa.Schema) -> dict[str, str]:
    """What is wrong with the columns of a file of this table that cannot be its own, by their names."""
    kinds, counts = of_table(table), Counter(found.names)
    problems = {field.name: _problem(kinds.get(field.name), field.type) for field in found}
    problems |= {name: "is there more than once" for name, count in counts.items() if count > 1}
    return {name: why for name, why in problems.items() if why}


def exact(table: str, found: Iterable[pa.Field]) -> frozenset[str]:
    """The columns whose values are in memory what they are in the file."""
    kinds = of_table(table)
    return frozenset(field.name for field in found if kinds.get(field.name) == field.type)


def fitted(piece: pa.Table, target: pa.Schema) -> tuple[pa.Table, dict[str, str]]:
    """Rows with the columns wanted, and what is wrong with values that do not fit, by column: they are null."""
    columns, problems = [], {}
    for field in target:
        try:
            made = _column(piece, field)
            columns.append(_readings(made) if field.type == pa.float64() and field.name != _LOGGED else made)
            if strange := columns[-1].null_count - made.null_count:
                problems[field.name] = f"has {strange} values that can be no readings"
        except pa.ArrowException as error:
            problems[field.name] = f"cannot be read ({first_line(error)})"
            columns.append(pa.chunked_array([pa.nulls(len(piece), field.type)]))
    return pa.Table.from_arrays(columns, schema=target), problems


def complaint(path: str, problems: Mapping[str, str]) -> str:
    """What to say of a file of which some columns, or values in them, are left out."""
    told = "; ".join(f"{name} {why}" for name, why in list(problems.items())[:_NAMED])
    more = f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    return f"{path} holds what is left out, the rest counts: {told}{more}"


def first_line(error: Exception) -> str:
    """An error of Arrow in one line."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _column(piece: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    """One column of a table in its type in memory; nulls if the table lacks it.

    Raises:
        pa.ArrowException: a value does not fit the type, or is no value at all.
    """
    if field.name not in piece.schema.names:
        return pa.chunked_array([pa.nulls(len(piece), field.type)])
    made = piece[field.name]
    if field.type == TEXT:
        made.validate(full=True)  # reading does not look at whether it is UTF-8
        made = made if made.type == TEXT else made.cast(pa.string()).dictionary_encode()
    return made if made.type == field.type else made.cast(field.type)


def _problem(wanted: pa.DataType | None, found: pa.DataType) -> str:
    """Why a column of the type found cannot be one of the type wanted; empty if it can."""
    kinds = _ALIKE.values() if wanted is None else (_ALIKE[wanted],)
    if pa.types.is_null(found) or any(fits(found) for fits in kinds):
        return ""
    return f"is of type {found}" + ("" if wanted is None else f", not {_said(wanted)}")


def _said(kind: pa.DataType) -> str:
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
    """Whether a number can be a reading: no clock, counter or size of ours is infinite, or beyond 64 bits."""
    return abs(value) < LARGEST


def _readings(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """The numbers with null for what can be no reading."""
    return numbers if all(map(_are_readings, numbers.chunks)) else pa.chunked_array(map(_nulled, numbers.chunks))


def _are_readings(numbers: pa.Array) -> bool:
    if numbers.null_count == len(numbers):
        return True
    values = np.frombuffer(numbers.buffers()[1], np.float64, count=len(numbers), offset=8 * numbers.offset)
    return bool((np.abs(values) < LARGEST).all())


def _nulled(numbers: pa.Array) -> pa.Array:
    kept = [value if value is not None and is_reading(value) else None for value in numbers.to_pylist()]
    return pa.array(kept, pa.float64())
