"""Columns of run folders as they were read, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa

from perfmon_analyze.loading.arrow import in_one_piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.loading.run_folder import RunFolder

_ROOM_BYTES = 64 << 20
_ALWAYS_KEPT = "t"  # every measure needs it, and shares its memory

_Key = tuple[str, str, str]


class Columns:
    """The columns read last, up to 64 MiB of them, and the times of all rows.

    What figures show is kept elsewhere: a column is mostly read once, and is larger than what becomes of it.
    """

    def __init__(self) -> None:
        self._times: dict[_Key, pa.Array] = {}
        self._losable: OrderedDict[_Key, pa.Array] = OrderedDict()
        self._losable_bytes = 0
        self._lock = Lock()

    def read(self, folder: RunFolder, table: str, names: Sequence[str]) -> pa.Table:
        """These columns of one table, each in one piece; only those are read that are not kept."""
        known = self._known(folder, table, names)
        lacking = [name for name in names if name not in known]
        if lacking:
            known |= _pieces(folder.read(table, lacking))
            if len({len(column) for column in known.values()}) > 1:  # a file went bad between two reads
                known = _pieces(folder.read(table, names))
            self._keep(folder, table, known)
        return pa.table({name: known[name] for name in names})

    def _known(self, folder: RunFolder, table: str, names: Sequence[str]) -> dict[str, pa.Array]:
        with self._lock:
            keys = [(folder.path, table, name) for name in names]
            for key in keys:
                if key in self._losable:
                    self._losable.move_to_end(key)
            return {key[-1]: kept[key] for key in keys for kept in (self._times, self._losable) if key in kept}

    def _keep(self, folder: RunFolder, table: str, columns: dict[str, pa.Array]) -> None:
        with self._lock:
            for name, column in columns.items():
                key = (folder.path, table, name)
                if name == _ALWAYS_KEPT:
                    self._times[key] = column
                    continue
                self._losable_bytes += column.nbytes - (self._losable[key].nbytes if key in self._losable else 0)
                self._losable[key] = column
            while self._losable_bytes > _ROOM_BYTES:
                self._losable_bytes -= self._losable.popitem(last=False)[1].nbytes


def _pieces(rows: pa.Table) -> dict[str, pa.Array]:
    return {name: in_one_piece(rows[name]) for name in rows.column_names}
