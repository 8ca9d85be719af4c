"""The report of some runs: one page of HTML that works from a disk, without a network."""

from perfmon_analyze.report.comparisons import Compared, compare
from perfmon_analyze.report.page import Extras, Page, empty, page
from perfmon_analyze.report.plotly_js import NoLibrary

__all__ = ["Compared", "Extras", "NoLibrary", "Page", "compare", "empty", "page"]
