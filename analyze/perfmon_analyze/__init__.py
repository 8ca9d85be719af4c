"""Loads run folders and draws them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfmon_analyze.findings import Finding, find
    from perfmon_analyze.folders import NoRuns, Unreadable
    from perfmon_analyze.options import Options
    from perfmon_analyze.plot import draw, plot_names
    from perfmon_analyze.runs import Runs, load

__all__ = ["Finding", "NoRuns", "Options", "Runs", "Unreadable", "draw", "find", "load", "plot_names"]

# Imported when first asked for: pyarrow and matplotlib take a while.
_HOMES = {
    "Finding": "findings",
    "NoRuns": "folders",
    "Options": "options",
    "Runs": "runs",
    "Unreadable": "folders",
    "draw": "plot",
    "find": "findings",
    "load": "runs",
    "plot_names": "plot",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
