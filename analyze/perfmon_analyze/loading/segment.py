"""One sealed file of a table, and its valid columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from perfmon.store import layout
from perfmon_analyze.loading import column_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO


class Segment:
    """An open segment, read from `file` if given.

    `fields` are the valid columns, and `wrong` the problems of the others by name.

    Raises:
        pa.ArrowException: it is no Parquet file, or claims more rows than a segment can have.
        OSError: it cannot be read.
    """

    def __init__(self, path: str, table: str, file: BinaryIO | None = None) -> None:
        self.path = path
        self._opened = pq.ParquetFile(file or path)
        if self._opened.metadata.num_rows > layout.ROWS_MAX:
            raise pa.ArrowInvalid(f"it says that it has {self._opened.metadata.num_rows} rows")
        found = self._opened.schema_arrow
        self.wrong = column_types.wrong(table, found)
        self.fields = [field for field in found if field.name not in self.wrong]
        self.exact = column_types.exact(table, self.fields)

    @property
    def metadata(self) -> pq.FileMetaData:
        """The metadata of the Parquet footer."""
        return self._opened.metadata

    def read(self, names: Iterable[str]) -> pa.Table:
        """Return all rows of these columns; invalid and missing columns are left out.

        Raises:
            pa.ArrowException: it is damaged.
            OSError: it cannot be read.
        """
        return self._opened.read(columns=self._existing(names), use_threads=False)

    def batches(self, names: Iterable[str], rows: int) -> Iterator[pa.Table]:
        """Yield the rows of these columns, at most `rows` at a time."""
        for batch in self._opened.iter_batches(rows, columns=self._existing(names), use_threads=False):
            yield pa.table(batch)

    def _existing(self, names: Iterable[str]) -> list[str]:
        existing = {field.name for field in self.fields}
        return [name for name in names if name in existing]
