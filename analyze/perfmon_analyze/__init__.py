"""Loads run folders and draws them.

For example::

    runs = perfmon_analyze.load("runs")
    perfmon_analyze.draw("memory_usage_training", runs).savefig("memory.png")

Nothing heavy is imported before one of these names is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfmon.store.run_search import NoRuns
    from perfmon_analyze.findings import Finding, find
    from perfmon_analyze.loading.run_folder import Unreadable
    from perfmon_analyze.notebook import Runs, load
    from perfmon_analyze.plots.registry import draw, plot_names
    from perfmon_analyze.series.options import Options

__all__ = ["Finding", "NoRuns", "Options", "Runs", "Unreadable", "draw", "find", "load", "plot_names"]

# Imported when first asked for: pyarrow and matplotlib take a while.
_HOMES = {
    "Finding": "perfmon_analyze.findings",
    "NoRuns": "perfmon.store.run_search",
    "Options": "perfmon_analyze.series.options",
    "Runs": "perfmon_analyze.notebook",
    "Unreadable": "perfmon_analyze.loading.run_folder",
    "draw": "perfmon_analyze.plots.registry",
    "find": "perfmon_analyze.findings",
    "load": "perfmon_analyze.notebook",
    "plot_names": "perfmon_analyze.plots.registry",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
