"""Columns that grow at their end, as arrays."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from perfmon_analyze.derive.arrays import Array


class LiveSeries:
    """Numbers of one entity by column, with `t` ascending; what is not known is NaN."""

    def __init__(self, *columns: str) -> None:
        self._columns = {name: array("d") for name in ("t", *columns)}

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, `t` first."""
        return tuple(self._columns)

    def __len__(self) -> int:
        return len(self._columns["t"])

    def add(self, row: Mapping[str, Any]) -> None:
        """Add one row; a row that is not later than the last one, such as a repeated tick, is ignored."""
        t = number(row.get("t"))
        if not t > (self._columns["t"][-1] if len(self) else float("-inf")):
            return
        for name, column in self._columns.items():
            column.append(number(row.get(name)))

    def __getitem__(self, name: str) -> Array:
        # a copy: an array that is looked into cannot grow
        return np.array(self._columns[name], dtype=np.float64)

    def last(self, name: str) -> float:
        """The last value, which may not be known."""
        return self._columns[name][-1] if len(self) else float("nan")

    def latest(self, name: str) -> float:
        """The last value that was known."""
        return next((value for value in reversed(self._columns[name]) if value == value), float("nan"))  # noqa: PLR0124 - NaN is unlike itself


def number(value: object) -> float:
    """A number of a row; NaN for what is none."""
    return float(value) if isinstance(value, int | float) else float("nan")
