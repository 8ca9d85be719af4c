"""Columns of Arrow as arrays of numpy.

They are taken from Arrow's buffers: its own ways out (to_numpy, fill_null, array) import pandas, and what it computes
(cast, is_valid, filter) its functions: a third and a tenth of a second that figures can do without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


def numbers(rows: pa.Table, column: str) -> NDArray[np.float64]:
    """One column as floats; null is NaN. Where there is nothing to convert, it is the column's own memory."""
    if not len(rows):
        return np.empty(0)
    array = in_one_piece(rows[column])
    if array.null_count == len(array):
        return np.broadcast_to(np.nan, len(array))  # without memory
    if array.type != pa.float64() and array.type != pa.int64():
        array = array.cast(pa.float64())
    values = _buffer(array, np.dtype(np.int64 if array.type == pa.int64() else np.float64))
    if not array.null_count:
        return values.astype(np.float64, copy=False)
    floats = values.astype(np.float64)
    floats[~_known(array)] = np.nan
    return floats


def coded(rows: pa.Table, column: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """One column of text as the place of each row's text among the different ones, and these; null is None."""
    if not len(rows):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=object)
    encoded = in_one_piece(rows[column])
    names: NDArray[np.object_] = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    codes = _buffer(encoded.indices, np.dtype(np.int32)).astype(np.int64)
    return np.where(_known(encoded.indices), codes, len(names) - 1) if encoded.null_count else codes, names


def words(rows: pa.Table, column: str) -> NDArray[np.object_]:
    """One column of text as Python strings; null is None."""
    codes, names = coded(rows, column)
    return names[codes]


def kept(rows: pa.Table, keep: NDArray[np.bool_]) -> pa.Table:
    """The rows for which `keep` is true; where it is for all, the table itself."""
    if keep.all():
        return rows
    bits = pa.py_buffer(np.packbits(keep, bitorder="little").tobytes())
    return rows.filter(pa.Array.from_buffers(pa.bool_(), len(keep), [None, bits]))


def _buffer(array: pa.Array, kind: np.dtype[Any]) -> NDArray[Any]:
    """An array's values as they lie in memory; where it is null they mean nothing."""
    return np.frombuffer(array.buffers()[1], kind, count=len(array), offset=kind.itemsize * array.offset)


def _known(array: pa.Array) -> NDArray[np.bool_]:
    """Where an array that has nulls is none, from the bits that say so."""
    bits = np.frombuffer(array.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=array.offset + len(array), bitorder="little")[array.offset :].view(np.bool_)


def in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array; it is copied only if it is in several."""
    if not column.num_chunks:
        return pa.nulls(0, column.type)  # combine_chunks would import pandas for it
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
