"""`perfmon export`: writes tables of runs for other programs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

    from perfmon_analyze.loading.run_folder import RunReader

USAGE_STATUS = 2
NO_DATA_STATUS = 1

_KINDS = ("csv", "jsonl", "json", "parquet")
_DESCRIPTION = """Write the tables of runs as CSV, JSON or Parquet: one table to standard output, or each table to a
file in a folder. Every row has the labels of its run and stage, and its time in UTC. Rows of several runs follow
each other. Rows that are not sealed yet are included. In CSV, unprintable characters are replaced, and text that a
spreadsheet would take for a formula gets an apostrophe in front; the other formats hold text as it was recorded.
DuckDB, Polars and pandas read run folders directly."""
_EXAMPLES = """examples:
  perfmon export latest --table job > job.csv
  perfmon export runs -o tables                    every table of all runs, tables/job.csv and so on
  perfmon export runs --table gpu,job --format parquet -o tables
  perfmon export -1 --table metric --columns series,epoch,name,value --format jsonl

exit status: 0; 1 if there is no such run, or it has no such rows; 2 for an error in the command line"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - `perfmon --help` does without

    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("which", nargs="+", metavar="RUN", help=f"{resolve.HELP}; or a folder, for all runs in it")
    add("--runs", default="runs", metavar="DIR", help="the folder that holds the runs (default: runs)")
    add("--table", action="append", default=[], metavar="NAME", help="tables, separated by commas (default: all)")
    add("--columns", metavar="NAMES", help="columns in this order, separated by commas (default: all)")
    add("--format", choices=_KINDS, default="csv", help="csv, jsonl, json or parquet (default: csv)")
    add("-o", "--output", metavar="DIR", help="write one file for each table into this folder")
    add("--force", action="store_true", help="replace existing files")


def run(options: argparse.Namespace) -> int:
    """Write the tables; the exit status is returned."""
    from perfmon_analyze.browse.catalog import NoSuchRun  # noqa: PLC0415 - `perfmon --help` does without

    with reporting.warnings_as_lines("export"):
        try:
            return _export(options)
        except (NoSuchRun, LookupError) as error:
            return reporting.fail("export", error.args[0], NO_DATA_STATUS)
        except BrokenPipeError:  # nobody reads any more: `perfmon export | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except (OSError, ValueError) as error:
            return reporting.fail("export", error, USAGE_STATUS)


def _export(options: argparse.Namespace) -> int:
    """Write them.

    Raises:
        NoSuchRun: a run is not there.
        LookupError: the runs have no rows of what is wanted.
        OSError: something cannot be read or written.
        ValueError: what is wanted makes no sense.
    """
    from perfmon.store.output_file import writing  # noqa: PLC0415 - as in run
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - as in run
    from perfmon_analyze.loading.run_folder import RunReader  # noqa: PLC0415 - as in run

    folders = [one.folder for one in resolve.several(options.which, options.runs)]
    runs = [RunReader(folder) for folder in folders]
    names = _tables(runs, _words(options.table))
    if options.output is None:
        if len(names) > 1 or options.format == "parquet":
            raise ValueError(f"say where to with -o DIR, or one --table and no parquet; there are {', '.join(names)}")
        _write(runs, names[0], options, sys.stdout.buffer)
        return 0
    os.makedirs(options.output, exist_ok=True)
    for name in names:
        path = os.path.join(options.output, f"{name}.{options.format}")
        if os.path.lexists(path) and not options.force:
            raise ValueError(f"{path} is there already; --force replaces it")
        with writing(path) as file:
            count = _write(runs, name, options, file)
        output.lines([f"{path}: {count} rows"])
    return 0


def _tables(runs: Sequence[RunReader], wanted: Sequence[str]) -> list[str]:
    from perfmon.store import schema  # noqa: PLC0415 - as in run
    from perfmon_analyze.exports.tables import present  # noqa: PLC0415 - as in run

    unknown = [name for name in wanted if name not in schema.TABLES]
    if unknown:
        raise ValueError(f"there is no table {unknown[0]!r}; it must be one of {', '.join(schema.TABLES)}")
    present_tables = present(runs)
    lacking = [name for name in wanted if name not in present_tables]
    if lacking or not present_tables:
        raise LookupError(f"no rows of {lacking[0] if lacking else 'any table'} were recorded")
    return list(wanted) or present_tables


def _write(runs: Sequence[RunReader], table: str, options: argparse.Namespace, file: BinaryIO) -> int:
    """Write one table of all runs; the number of rows is returned."""
    from perfmon_analyze.exports import tables  # noqa: PLC0415 - as in run

    target = tables.columns(runs, table, _words([options.columns or ""]))
    writer = tables.writer(options.format, file, target)
    count = 0
    for one in reporting.progress(runs, table):
        for piece in tables.rows(one, table, target):
            writer.write(piece)
            count += len(piece)
    writer.close()
    file.flush()
    return count


def _words(texts: Iterable[str]) -> list[str]:
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]
