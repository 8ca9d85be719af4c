"""A cache of columns of run folders."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa

from perfmon_analyze.loading.arrow import in_one_piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.loading.run_folder import RunReader

_CACHE_BYTES = 64 << 20
_TIME_COLUMN = "t"  # never evicted: every measure needs it, and shares its memory

_Key = tuple[str, str, str]


class ColumnCache:
    """An LRU cache of columns, of at most 64 MiB, and of the times of all rows.

    Derived series are cached elsewhere: a column is mostly read once, and is larger than what is derived from it.
    """

    def __init__(self) -> None:
        self._times: dict[_Key, pa.Array] = {}
        self._recent: OrderedDict[_Key, pa.Array] = OrderedDict()
        self._recent_bytes = 0
        self._lock = Lock()

    def read(self, folder: RunReader, table: str, names: Sequence[str]) -> pa.Table:
        """Return these columns of one table, each as one array; only those that are not cached are read."""
        known = self._known(folder, table, names)
        lacking = [name for name in names if name not in known]
        if lacking:
            known |= _pieces(folder.read(table, lacking))
            if len({len(column) for column in known.values()}) > 1:  # a file went bad between two reads
                known = _pieces(folder.read(table, names))
            self._keep(folder, table, known)
        return pa.table({name: known[name] for name in names})

    def _known(self, folder: RunReader, table: str, names: Sequence[str]) -> dict[str, pa.Array]:
        with self._lock:
            keys = [(folder.path, table, name) for name in names]
            for key in keys:
                if key in self._recent:
                    self._recent.move_to_end(key)
            return {key[-1]: cache[key] for key in keys for cache in (self._times, self._recent) if key in cache}

    def _keep(self, folder: RunReader, table: str, columns: dict[str, pa.Array]) -> None:
        with self._lock:
            for name, column in columns.items():
                key = (folder.path, table, name)
                if name == _TIME_COLUMN:
                    self._times[key] = column
                    continue
                self._recent_bytes += column.nbytes - (self._recent[key].nbytes if key in self._recent else 0)
                self._recent[key] = column
            while self._recent_bytes > _CACHE_BYTES:
                self._recent_bytes -= self._recent.popitem(last=False)[1].nbytes


def _pieces(rows: pa.Table) -> dict[str, pa.Array]:
    return {name: in_one_piece(rows[name]) for name in rows.column_names}
