"""What the footers of Parquet files say of their columns, so that these need not be read to know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow.parquet as pq

_TYPES = ("INT64", "DOUBLE", "BYTE_ARRAY")
_NOT_TOLD = (None, ...)  # unlike each other, and any value


@dataclass
class Told:
    """One column: how many rows may have a value, and the least and the greatest ones of the files' parts."""

    may_be_known: int = 0
    ends: set[Any] = field(default_factory=set)


def told(files: Iterable[pq.FileMetaData]) -> tuple[int, dict[str, Told]]:
    """How many rows these files have, and their columns."""
    rows, columns = 0, dict[str, Told]()
    for file in files:
        rows += file.num_rows
        for group in map(file.row_group, range(file.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                _add(columns.setdefault(chunk.path_in_schema, Told()), chunk)
    return rows, columns


def _add(column: Told, chunk: pq.ColumnChunkMetaData) -> None:
    says = chunk.statistics
    unknown = says.null_count if says is not None and says.has_null_count else 0
    column.may_be_known += chunk.num_values - unknown
    if unknown == chunk.num_values:
        return
    has_ends = says is not None and says.has_min_max and chunk.physical_type in _TYPES
    column.ends.update((says.max_raw, says.min_raw) if has_ends else _NOT_TOLD)
