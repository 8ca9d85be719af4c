"""The data of each plot, whatever draws it: matplotlib or the page of a report. Loads no matplotlib."""
