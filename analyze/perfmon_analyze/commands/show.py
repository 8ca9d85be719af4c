"""`perfmon show`: says what one run was, took and came to."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    import argparse

    from perfmon_analyze.browse.fields import RunFields
    from perfmon_analyze.browse.run_summary import Overview

USAGE_STATUS = 2
NO_DATA_STATUS = 1

_DESCRIPTION = """Show one run on one screen: labels, hardware, how and why it ended, its use of CPU, RAM, GPU, VRAM
and disk, logged metrics, and findings. A run that is still being recorded is shown as it is now."""
_EXAMPLES = """examples:
  perfmon show                                     the newest run in the folder runs
  perfmon show -2                                  the one before
  perfmon show 3f9a                                by the last four digits of its folder's name
  perfmon show "first try"                         by the name given with --name
  perfmon show runs/20261122T184300Z-training-bielik12-3f9a
  perfmon show --json latest                       everything and more, in base units

exit status: 0; 1 if no run matches, or more than one; 2 for an error in the command line"""
_STYLES = {"title": "1", "dim": "2", "warning": "31"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - `perfmon --help` does without

    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    parser.add_argument(
        "run", nargs="?", default=resolve.LATEST, metavar="RUN", help=f"{resolve.HELP} (default: latest)"
    )
    parser.add_argument("--runs", default="runs", metavar="DIR", help="the folder that holds the runs (default: runs)")
    parser.add_argument("--json", action="store_true", help="print a JSON object, in base units")


def run(options: argparse.Namespace) -> int:
    """Show the run; the exit status is returned."""
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - `perfmon run` must not wait for it
    from perfmon_analyze.browse.catalog import NoSuchRun  # noqa: PLC0415 - as above
    from perfmon_analyze.browse.fields import RunFields  # noqa: PLC0415 - as above
    from perfmon_analyze.browse.run_summary import overview  # noqa: PLC0415 - as above

    try:
        one = resolve.one(options.run, options.runs)
        with reporting.warnings_as_lines("show"):
            summary = overview(one.folder)
    except (NoSuchRun, OSError) as error:
        return reporting.fail("show", error, NO_DATA_STATUS)
    row = RunFields(one, -1)
    if options.json:
        output.json(_json(row, summary))
    else:
        _print_screen(row, summary)
    return 0


def _json(row: RunFields, summary: Overview) -> str:
    from perfmon_analyze.browse.fields import plain  # noqa: PLC0415 - as in run

    known = {name: value for name, value in row.as_json().items() if name != "index"}
    more = {name: row.entry.facts.get(name) for name in ("hardware", "ending", "peak", "totals", "sampler", "folders")}
    shown = {
        **known,
        **more,
        "stages": [stage.as_json() for stage in summary.stages],
        "findings": [finding.as_json() for finding in summary.examination.findings],
        "unjudged": [rule.as_json() for rule in summary.examination.unjudged],
    }
    return json.dumps(plain(shown), indent=1, allow_nan=False)


def _print_screen(row: RunFields, summary: Overview) -> None:
    from perfmon_analyze.browse import screen  # noqa: PLC0415 - JSON does without

    shown = screen.lines(row, summary, shutil.get_terminal_size().columns)
    if output.has_colours():
        output.coloured([(line.text, _STYLES.get(line.mark, ""))] for line in shown)
    else:
        output.lines(line.text for line in shown)
