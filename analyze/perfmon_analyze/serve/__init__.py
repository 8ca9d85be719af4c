"""The report of a folder of runs as it is now, for browsers on this machine."""

from perfmon_analyze.serve.server import Server
from perfmon_analyze.serve.site import Site

__all__ = ["Server", "Site"]
