"""`perfmon report`: one page with everything there is to see of recorded runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    import argparse
    import warnings

    from perfmon_analyze import Options, Runs
    from perfmon_analyze.report import Page

Thing = TypeVar("Thing")

USAGE_STATUS = 2
NO_DATA_STATUS = 1

_DESCRIPTION = """Write one HTML file about recorded runs: findings, summaries, every plot with zoom and exact
values, the plots as pictures to download, comparisons of variants and models, and all facts of the runs. The file
needs no network: open it from a disk, send it, archive it."""
_EXAMPLES = """examples:
  perfmon report runs                              everything, into report.html
  perfmon report runs -o study.html --title "Detectors, first study"
  perfmon report runs/20261122T184300Z-training-bielik12-3f9a --scope host
  perfmon report runs --phase checkpoint --no-pictures

exit status: 0; 1 if there are no runs; 2 for an error in the command line, or if the charting library is missing"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUNS", help="a run folder, or a folder of runs")
    add("-o", "--output", default="report.html", metavar="FILE", help="the file to write (default: report.html)")
    add("--no-pictures", action="store_true", help="leave out the pictures to download: smaller and faster")
    configure_options(parser)


def configure_options(parser: argparse.ArgumentParser) -> None:
    """Add the options on what is shown, which `perfmon serve` shares."""
    add = parser.add_argument
    add("--scope", choices=("job", "host"), default="job", help="whose CPU, RAM and VRAM to draw (default: job)")
    add("--no-synthetic", action="store_true", help="leave GPU panels empty where no GPU was recorded")
    add("--per-gpu", action="store_true", help="one line for each GPU, not their sum or mean")
    add("--phase", metavar="NAME", help="show CPU, RAM, GPU, VRAM and disk only during this phase")
    add("--title", metavar="TEXT", help="the page's title")


def run(options: argparse.Namespace) -> int:
    """Write the page; the exit status is returned."""
    from perfmon.store.output_file import is_plain, write_text  # noqa: PLC0415 - `perfmon --help` does without
    from perfmon_analyze import NoRuns, load  # noqa: PLC0415 - `perfmon run` must not wait for pandas and matplotlib
    from perfmon_analyze.report import NoLibrary  # noqa: PLC0415 - as above
    from perfmon_analyze.text.humanize import listed  # noqa: PLC0415 - as above

    with reporting.warnings_as_lines("report") as unreadable:
        try:
            page = _page(load(*options.runs), options, unreadable)
            write_text(page.html, options.output)
        except NoRuns as error:
            return reporting.fail("report", error, NO_DATA_STATUS)
        except (NoLibrary, OSError, ValueError) as error:
            return reporting.fail("report", error, USAGE_STATUS)
    lines = [f"{options.output}: {len(page.html.encode()) / 1e6:.1f} MB"]
    lines += [f"left out, {reason}: {listed(names)}" for reason, names in page.left_out.items()]
    if is_plain(options.output):
        output.lines(lines)
    else:  # standard output may be where the page went
        for text in lines:
            output.error(text)
    return 0


def figure_options(arguments: argparse.Namespace) -> Options:
    """Return the options of figures from the command line and the project's configuration.

    Raises:
        ValueError: perfmon.toml is invalid.
    """
    from perfmon_analyze import Options  # noqa: PLC0415 - as in run
    from perfmon_analyze.plots.style import project_model_styles  # noqa: PLC0415 - as in run

    return Options(
        scope=arguments.scope,
        synthetic=not arguments.no_synthetic,
        per_gpu=arguments.per_gpu,
        phase=arguments.phase,
        models=project_model_styles(),
    )


def _page(runs: Runs, arguments: argparse.Namespace, unreadable: list[warnings.WarningMessage]) -> Page:
    from perfmon_analyze.report import Extras, compare, page, plotly_js  # noqa: PLC0415 - as in run

    plotly_js.source()  # before anything that takes long
    options = figure_options(arguments)
    pictures = {} if arguments.no_pictures else _pictures(runs, options)
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    compared = compare(
        runs, options, workers=workers, progress=lambda ones, total: reporting.progress(ones, "comparisons", total)
    )
    return page(runs, options, Extras(arguments.title, pictures, lambda: reporting.messages(unreadable), compared))


def _pictures(runs: Runs, options: Options) -> dict[str, str]:
    from perfmon_analyze.plots.registry import named  # noqa: PLC0415 - as in run
    from perfmon_analyze.report.embedded_images import embedded  # noqa: PLC0415 - as in run

    plots = list(named(runs).values())
    progress = reporting.progress(embedded(runs, plots, options), "plots", len(plots))
    return {name: address for name, address in progress if address}
