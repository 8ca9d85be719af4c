"""Loads run folders and draws them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfmon_analyze.findings import Finding, find
    from perfmon_analyze.loading.discover import NoRuns
    from perfmon_analyze.loading.run_folder import Unreadable
    from perfmon_analyze.loading.runs import Runs, load
    from perfmon_analyze.plots.registry import draw, plot_names
    from perfmon_analyze.series.options import Options

__all__ = ["Finding", "NoRuns", "Options", "Runs", "Unreadable", "draw", "find", "load", "plot_names"]

# Imported when first asked for: pyarrow and matplotlib take a while.
_HOMES = {
    "Finding": "findings",
    "NoRuns": "loading.discover",
    "Options": "series.options",
    "Runs": "loading.runs",
    "Unreadable": "loading.run_folder",
    "draw": "plots.registry",
    "find": "findings",
    "load": "loading.runs",
    "plot_names": "plots.registry",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
