"""Segments that are not as they were written."""

from __future__ import annotations

import os
from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from perfmon.store import checksum, layout, schema
from perfmon.store.parquet import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


def damaged_files(path: str) -> Iterator[str]:
    """Return the problems of a run folder's segments: wrong checksums, unexpected columns."""
    for table in schema.TABLES:
        table_folder = os.path.join(path, table)
        for name in sorted(os.listdir(table_folder)) if layout.is_folder(table_folder) else ():
            segment = os.path.join(table_folder, name)
            try:
                read = _whole(segment)
            except (OSError, pa.ArrowException) as error:
                yield f"{segment} is damaged or no segment: {str(error).splitlines()[0]}"
            else:
                yield from (f"{segment} has a strange column {odd}" for odd in _strange(table, read.schema))


def _whole(segment: str) -> pa.Table:
    """Read all values of a segment and check them, as some readers accept damage."""
    with open(layout.open_plain(segment), "rb") as file:
        parquet = pq.ParquetFile(file, page_checksum_verification=True)
        if parquet.metadata.num_rows > layout.ROWS_MAX:
            raise pa.ArrowInvalid(f"it says that it has {parquet.metadata.num_rows} rows")
        if not _is_as_written(file):
            raise pa.ArrowInvalid("its checksum does not match")
        read = parquet.read(use_threads=False)
    read.validate(full=True)
    return read


def _is_as_written(file: BinaryIO) -> bool:
    """Whether a segment matches its own checksum; those from before there was one have checksums of their pages."""
    with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        try:
            return checksum.is_valid(data)
        except checksum.NoChecksum:
            return True


def _strange(table: str, found: pa.Schema) -> list[str]:
    """Columns that the table does not have, or not of this type, and common ones that are missing."""
    expected = {field.name: field.type for field in pa.schema(arrow_schema(table, {}))}
    odd = [field.name for field in found if expected.get(field.name) != field.type]
    return odd + [column.name for column in schema.COMMON if column.name not in found.names]
