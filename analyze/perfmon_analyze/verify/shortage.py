"""What a table lacks of one journal's rows."""

from __future__ import annotations

from typing import NamedTuple


class Shortage(NamedTuple):
    """How many rows of a journal are there in a table, and how many are due: fewer, or not the same number."""

    table: str
    stem: str
    there: int
    due: int
