"""Statistics of columns from the footers of Parquet files: what can be known of a column without reading it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perfmon_analyze.loading import column_types

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow.parquet as pq

    from perfmon_analyze.loading.segment import Segment

_TYPES = ("INT64", "DOUBLE", "BYTE_ARRAY")
_UNKNOWN_ENDS = (None, ...)  # unlike each other and unlike any value, so that the column is not taken for constant


@dataclass
class ColumnStatistics:
    """Statistics of one column over all row groups of its files.

    `not_null_at_most` is how many rows may have a value; it is exact where the footers count nulls. `ends` are the
    least and the greatest value of each row group: a single one if all values of the column are the same.
    """

    not_null_at_most: int = 0
    ends: set[Any] = field(default_factory=set)


def column_statistics(segments: Iterable[Segment]) -> tuple[int, dict[str, ColumnStatistics]]:
    """The number of rows in these files, and the statistics of their columns that count, by name."""
    rows, columns = 0, dict[str, ColumnStatistics]()
    for segment in segments:
        file = segment.metadata
        rows += file.num_rows
        for group in map(file.row_group, range(file.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                if (name := chunk.path_in_schema) not in segment.wrong:
                    _add(columns.setdefault(name, ColumnStatistics()), chunk, is_exact=name in segment.exact)
    return rows, columns


def _add(column: ColumnStatistics, chunk: pq.ColumnChunkMetaData, *, is_exact: bool) -> None:
    statistics = chunk.statistics
    nulls = statistics.null_count if statistics is not None and statistics.has_null_count else 0
    column.not_null_at_most += chunk.num_values - nulls
    if nulls == chunk.num_values:
        return
    has_ends = is_exact and statistics is not None and statistics.has_min_max and chunk.physical_type in _TYPES
    ends = (statistics.max_raw, statistics.min_raw) if has_ends else _UNKNOWN_ENDS
    is_null = any(isinstance(end, float) and not column_types.is_reading(end) for end in ends)  # when it is read
    column.ends.update(_UNKNOWN_ENDS if is_null else ends)
