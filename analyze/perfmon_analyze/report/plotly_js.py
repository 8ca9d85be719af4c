"""The charting library, plotly.js, as the package `plotly` carries it."""

from __future__ import annotations

import os
from importlib.util import find_spec

_PARTS = ("package_data", "plotly.min.js")


class NoLibrary(ValueError):
    """The charting library is not installed; the message says how it is."""


def source() -> str:
    """The library's JavaScript.

    Raises:
        NoLibrary: the package is not installed, or does not contain it.
    """
    found = find_spec("plotly")
    path = os.path.join(os.path.dirname(found.origin), *_PARTS) if found and found.origin else ""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError as missing:
        raise NoLibrary("charts need the package plotly: pip install plotly") from missing
