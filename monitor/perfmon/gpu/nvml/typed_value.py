"""NVML's typed values."""

from __future__ import annotations

import pynvml

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_MEMBERS = {
    pynvml.NVML_VALUE_TYPE_DOUBLE: "dVal",
    pynvml.NVML_VALUE_TYPE_UNSIGNED_INT: "uiVal",
    pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG: "ulVal",
    pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG: "ullVal",
    pynvml.NVML_VALUE_TYPE_SIGNED_LONG_LONG: "sllVal",
    pynvml.NVML_VALUE_TYPE_SIGNED_INT: "siVal",
    pynvml.NVML_VALUE_TYPE_UNSIGNED_SHORT: "usVal",
}


def plain(kind: int, value: Any) -> float:
    """The number in a `nvmlValue_t` of this kind.

    Raises:
        ValueError: it is of a kind that is not known.
    """
    if kind not in _MEMBERS:
        raise ValueError(f"NVML gave a value of kind {kind}; it must be one of {', '.join(map(str, _MEMBERS))}")
    number: float = getattr(value, _MEMBERS[kind])
    return number
