"""Serves the report of a folder of runs, kept up to date, to browsers on this machine."""

from perfmon_analyze.serve.server import Server
from perfmon_analyze.serve.site import Site

__all__ = ["Server", "Site"]
