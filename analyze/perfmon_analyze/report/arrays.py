"""The arrays of numbers in a page: 32-bit floats, each array once however many charts show it."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from perfmon_analyze.derive.arrays import Array


class Arrays:
    """The arrays of a page by their names."""

    def __init__(self) -> None:
        self.encoded: dict[str, str] = {}

    def add(self, values: Array) -> str:
        """Add these values to the page; return their name there. NaN stays NaN."""
        raw = np.ascontiguousarray(values, dtype="<f4").tobytes()
        name = hashlib.sha256(raw).hexdigest()[:16]
        if name not in self.encoded:
            self.encoded[name] = base64.b64encode(raw).decode("ascii")
        return name
