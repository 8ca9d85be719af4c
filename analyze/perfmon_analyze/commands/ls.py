"""`perfmon ls`: lists recorded runs."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfmon_analyze.browse.fields import RunFields

USAGE_STATUS = 2
NO_DATA_STATUS = 1

_DESCRIPTION = """List runs, the newest last: labels, outcome and peak use. Only run.json is read. The number in
front of each run is its index for `perfmon show`, `watch`, `rm` and `export`."""
_EXAMPLES = """examples:
  perfmon ls                                       the runs in the folder runs
  perfmon ls study/runs more/runs -n 20            the last twenty of two folders
  perfmon ls -e "stage = training and peak_rss > 10 GiB"
  perfmon ls -e "state in (failed, killed, lost) and age < 7d"
  perfmon ls -e "tags.lr <= 1e-3 and not model like 'bielik%'" --sort duration
  perfmon ls --columns run,host,command            other columns
  perfmon ls --json                                a JSON list, in base units

Conditions compare a field with a value (=, !=, <, <=, >, >=, in, like, is null) and are joined by and, or, not and
parentheses. Values may have units: 10 GiB, 90 min, 80 %. A value that is not known matches only "is
null". Fields are the names of --json, with or without their unit, and tags.NAME and config.NAME.

exit status: 0 if runs were listed; 1 if there are none, or none matches; 2 for an error in the command line"""
_COLOURS = {"running": "32", "failed": "31", "killed": "31", "lost": "33", "unknown": "33"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("runs", nargs="*", default=["runs"], metavar="RUNS", help="a folder of runs, or a run folder (default: runs)")
    add("-e", "--filter", metavar="CONDITION", help="list only runs that match; see below")
    add("--sort", metavar="FIELD", default="begin_time", help="sort by this field, the greatest last (default: begin)")
    add("-r", "--reverse", action="store_true", help="reverse the order: the greatest, or newest, first")
    add("-n", "--number", type=_number, metavar="N", help="list only the last N")
    add("--columns", metavar="FIELDS", help="columns of the table: names of fields, separated by commas")
    add("--json", action="store_true", help="print a JSON list with one object for each run, in base units")
    add(
        "--words",
        action="store_true",
        help="print one line for each run: the word with which a shell completes it",
    )


def run(options: argparse.Namespace) -> int:
    """List the runs; the exit status is returned."""
    from perfmon_analyze.browse import catalog  # noqa: PLC0415 - `perfmon --help` does without
    from perfmon_analyze.browse.fields import RunFields  # noqa: PLC0415 - as above
    from perfmon_analyze.browse.filter import FilterError  # noqa: PLC0415 - as above

    try:
        fits, key, shown = _query(options)
        runs, left_out = catalog.search(options.runs)
    except FilterError as error:
        return reporting.fail("ls", error, USAGE_STATUS)
    except (catalog.NoSuchRun, OSError) as error:
        return reporting.fail("ls", error, NO_DATA_STATUS)
    if options.words:
        from perfmon_analyze.browse import suggest  # noqa: PLC0415 - most lists do without

        output.lines(suggest.words(runs))
        return 0
    for problem in (*left_out, *(one.problem for one in runs if one.problem)):
        output.error(f"perfmon ls: {problem}")
    now = time.time()
    rows = [row for index, one in enumerate(runs, -len(runs)) if fits(row := RunFields(one, index, now))]
    if not rows:
        return reporting.fail("ls", f"none of {len(runs)} runs fits {options.filter!r}", NO_DATA_STATUS)
    rows = _ordered(rows, key)[-options.number if options.number else None :]
    rows = rows[::-1] if options.reverse else rows
    if options.json:
        output.json(_json(rows))
    else:
        _print_table(rows, shown)
    return 0


def _query(options: argparse.Namespace) -> tuple[Callable[[RunFields], bool], str, list[str]]:
    """Return the filter, the field to sort by and the columns; no columns stand for the usual ones.

    Raises:
        FilterError: the filter, the field or a column is invalid.
    """
    from perfmon_analyze.browse.fields import KINDS  # noqa: PLC0415 - as in run
    from perfmon_analyze.browse.filter import full_name, parse  # noqa: PLC0415 - as in run

    fits = parse(options.filter, KINDS) if options.filter is not None else lambda _: True
    columns = [full_name(name.strip(), KINDS) for name in options.columns.split(",")] if options.columns else []
    return fits, full_name(options.sort, KINDS), columns


def _ordered(rows: Sequence[RunFields], key: str) -> list[RunFields]:
    """Sort by one field; runs without a value come first, and text after numbers."""

    def place(row: RunFields) -> tuple[bool, bool, object]:
        value = row[key]
        number = isinstance(value, int | float)
        return value is not None, not number, (value if number else str(value))

    return sorted(rows, key=place)


def _json(rows: Sequence[RunFields]) -> str:
    """Return a JSON list with a run per line: with an indent, json would take ten times as long."""
    return "[\n " + ",\n ".join(json.dumps(row.as_json()) for row in rows) + "\n]"


def _print_table(rows: Sequence[RunFields], fields: Sequence[str]) -> None:
    import shutil  # noqa: PLC0415 - JSON does without

    from perfmon_analyze.browse import listing  # noqa: PLC0415 - as above

    columns = listing.columns(rows, fields or listing.COLUMNS, only_known=not fields)
    if not sys.stdout.isatty():
        output.coloured([[(cell, "") for cell in cells] for cells in listing.lines(columns)], "\t")
        return
    columns = columns if fields else listing.fit_to_width(columns, shutil.get_terminal_size().columns)
    title, *lines = listing.lines(columns)
    colour = _colour if output.has_colours() else lambda *_: ""
    body = [[(cell, colour(of.field, cell)) for of, cell in zip(columns, cells, strict=True)] for cells in lines]
    output.coloured([[(cell, colour("", cell)) for cell in title], *body], "  ")


def _colour(field: str, text: str) -> str:
    """Return the colour of a cell; a title, which has no field, is bold."""
    return _COLOURS.get(text.strip().rstrip("?"), "") if field == "state" else "" if field else "1"


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more; not {text!r}")
    return int(text)
