"""AMD's library and its Python package, which loads the library when it is imported."""

from __future__ import annotations

import importlib

from perfmon.collector import Absent
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.store.reasons import NOT_FOUND, UNSUPPORTED

if TYPE_CHECKING:
    from typing import Any


def load() -> Any:
    """The package `amdsmi`.

    Raises:
        Absent: it is not installed, or is of another version than the driver's library.
    """
    try:
        return importlib.import_module("amdsmi")
    except ImportError:
        detail = "AMD's driver library is here, but its Python package is not: pip install amdsmi"
        raise Absent(NOT_FOUND, detail) from None
    except Exception as error:  # a function that the library lacks is an AttributeError, no library a KeyError
        detail = f"the Python package amdsmi does not fit AMD's library ({error}): install the one of this ROCm version"
        raise Absent(UNSUPPORTED, detail) from None
