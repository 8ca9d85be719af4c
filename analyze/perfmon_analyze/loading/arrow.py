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
    """One column as float64; null is NaN. It shares the column's memory if nothing has to be converted."""
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


def dictionary_codes(rows: pa.Table, column: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """One column of text, dictionary-encoded: a code for each row, and the texts that the codes are places in.

    The last of the texts is None, which is null's.
    """
    if not len(rows):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=object)
    encoded = in_one_piece(rows[column])
    names: NDArray[np.object_] = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    codes = _buffer(encoded.indices, np.dtype(np.int32)).astype(np.int64)
    return np.where(_known(encoded.indices), codes, len(names) - 1) if encoded.null_count else codes, names


def strings(rows: pa.Table, column: str) -> NDArray[np.object_]:
    """One column of text as Python strings; null is None."""
    codes, names = dictionary_codes(rows, column)
    return names[codes]


def filter_rows(rows: pa.Table, keep: NDArray[np.bool_]) -> pa.Table:
    """The rows where the mask `keep` is true; the table itself if it is true everywhere."""
    if keep.all():
        return rows
    bits = pa.py_buffer(np.packbits(keep, bitorder="little").tobytes())
    return rows.filter(pa.Array.from_buffers(pa.bool_(), len(keep), [None, bits]))


def _buffer(array: pa.Array, kind: np.dtype[Any]) -> NDArray[Any]:
    """An array's values as they lie in memory; where it is null they mean nothing."""
    return np.frombuffer(array.buffers()[1], kind, count=len(array), offset=kind.itemsize * array.offset)


def _known(array: pa.Array) -> NDArray[np.bool_]:
    """Return a mask of the values of an array that are not null, from its validity bits."""
    bits = np.frombuffer(array.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=array.offset + len(array), bitorder="little")[array.offset :].view(np.bool_)


def in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array; it is copied only if it is in several."""
    if not column.num_chunks:
        return pa.nulls(0, column.type)  # combine_chunks would import pandas for it
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
