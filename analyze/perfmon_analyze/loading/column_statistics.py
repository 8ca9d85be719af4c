"""What the footers of Parquet files say of their columns, so that these need not be read to know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perfmon_analyze.loading import column_types

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow.parquet as pq

    from perfmon_analyze.loading.segment import Segment

_TYPES = ("INT64", "DOUBLE", "BYTE_ARRAY")
_NOT_TOLD = (None, ...)  # unlike each other, and any value


@dataclass
class Told:
    """One column: how many rows may have a value, and the least and the greatest ones of the files' parts."""

    may_be_known: int = 0
    ends: set[Any] = field(default_factory=set)


def told(segments: Iterable[Segment]) -> tuple[int, dict[str, Told]]:
    """How many rows these files have, and those of their columns that count."""
    rows, columns = 0, dict[str, Told]()
    for segment in segments:
        file = segment.metadata
        rows += file.num_rows
        for group in map(file.row_group, range(file.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                if (name := chunk.path_in_schema) not in segment.wrong:
                    _add(columns.setdefault(name, Told()), chunk, is_exact=name in segment.exact)
    return rows, columns


def _add(column: Told, chunk: pq.ColumnChunkMetaData, *, is_exact: bool) -> None:
    says = chunk.statistics
    unknown = says.null_count if says is not None and says.has_null_count else 0
    column.may_be_known += chunk.num_values - unknown
    if unknown == chunk.num_values:
        return
    has_ends = is_exact and says is not None and says.has_min_max and chunk.physical_type in _TYPES
    ends = (says.max_raw, says.min_raw) if has_ends else _NOT_TOLD
    is_null = any(isinstance(end, float) and not column_types.is_reading(end) for end in ends)  # when it is read
    column.ends.update(_NOT_TOLD if is_null else ends)
