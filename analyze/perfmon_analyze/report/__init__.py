"""One page with everything there is to see of some runs: it works from a disk, without a network."""

from perfmon_analyze.report.comparisons import Compared, compare
from perfmon_analyze.report.page import Extras, Page, empty, page
from perfmon_analyze.report.plotly_js import NoLibrary

__all__ = ["Compared", "Extras", "NoLibrary", "Page", "compare", "empty", "page"]
