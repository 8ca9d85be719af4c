"""Functions of the C library that Python has no other door to, called without `ctypes`, which takes a while to load."""

from __future__ import annotations

import _ctypes

_LOADED = None  # instead of a library's name: whatever is loaded already, dlopen(3)


def call(name: str, *arguments: int | bytes) -> int:
    """Call a function of the C library that returns an int; bytes are passed by their address."""
    libraries = _ctypes.dlopen(_LOADED, 0)  # type: ignore[arg-type]  # as ctypes itself does
    returned: int = _ctypes.call_function(_ctypes.dlsym(libraries, name), arguments)
    return returned
