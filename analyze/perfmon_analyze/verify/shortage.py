"""Missing rows of one journal in one table."""

from __future__ import annotations

from typing import NamedTuple


class Shortage(NamedTuple):
    """The number of rows of a journal that a table has, and the number that it should have."""

    table: str
    stem: str
    present: int
    due: int
