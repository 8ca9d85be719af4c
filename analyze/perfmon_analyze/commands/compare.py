"""`perfmon compare`: says what differs between two sides of runs, and how sure that is."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from typing import TYPE_CHECKING

from perfmon.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfmon.cli.parser import Parser
    from perfmon_analyze import Options
    from perfmon_analyze.compare import Comparison, Pair

USAGE_STATUS = 2
NO_DATA_STATUS = 1

_NEEDED = {"arch", "scipy"}
_FORMATS = ("png", "svg", "pdf")
_DESCRIPTION = """Compare two sides of runs: medians, 95th percentiles, peaks, energy, throughput and duration, the
difference of B from A with a 95 % interval, and the smallest difference that such runs would have shown. Several runs
on a side count as repetitions. Runs on unlike hardware, at unlike intervals or of unlike origin are not compared
unless you say --anyway."""
_EXAMPLES = """examples:
  perfmon compare -2 -1                               the newest run beside the one before
  perfmon compare runs/BASELINE-RUN runs/DETECTORS-RUN
  perfmon compare before after                        two folders of runs, kind by kind
  perfmon compare runs --by variant                   each variant beside the baseline, per stage and model
  perfmon compare runs --by model --base bielik12
  perfmon compare a1 a2 a3 --versus b1 b2 b3          three runs a side
  perfmon compare runs --by variant --markdown > comparison.md
  perfmon compare runs --by variant -o comparison.svg

exit status: 0; 1 if there are no runs or they are not to be compared; 2 for a mistake in the command"""


def configure(parser: Parser) -> None:
    """Add the verb's description, examples and options."""
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - `perfmon --help` does without

    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add(
        "names",
        nargs="+",
        metavar="RUNS",
        help=f"A and B, each a folder of runs, or {resolve.HELP}; with --by, all runs",
    )
    add("--runs", default="runs", metavar="DIR", help="where runs are looked up (default: runs)")
    add(
        "--by", choices=("variant", "model", "stage"), help="compare the runs that differ in this label with each other"
    )
    add("--base", metavar="VALUE", help="with --by: the value that is A (default: baseline, else the first by name)")
    add("--versus", nargs="+", metavar="RUNS", help="these are B, and those before are A")
    add("--scope", choices=("job", "host"), default="job", help="whose CPU, RAM and VRAM (default: job)")
    add("--anyway", action="store_true", help="compare unlike runs, too")
    how = parser.add_exclusive()
    how.add_argument("--json", action="store_true", help="print a JSON list, an object for each comparison, base units")
    how.add_argument("--markdown", action="store_true", help="print Markdown")
    add("-o", "--output", type=_picture, metavar="FILE", help="draw a figure, too: FILE.png, FILE.svg or FILE.pdf")


def run(options: argparse.Namespace) -> int:
    """Compare; the exit status is returned."""
    if not options.by and not options.versus and len(options.names) != 2:
        return _failed("give two sides, A and B; or --by, or --versus", USAGE_STATUS)
    if options.by and options.versus:
        return _failed("--by and --versus exclude each other", USAGE_STATUS)
    with warnings.catch_warnings(record=True) as unreadable:
        warnings.simplefilter("always")
        try:
            return _compare(options)
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in _NEEDED:
                raise
            return _failed(f"needs {missing}, which is not installed: pip install 'arch>=8' scipy", USAGE_STATUS)
        finally:
            for message in dict.fromkeys(str(one.message) for one in unreadable):
                output.error(f"perfmon compare: {message}")


def _compare(options: argparse.Namespace) -> int:
    from perfmon_analyze import NoRuns, Options  # noqa: PLC0415 - `perfmon run` must not wait for pyarrow and arch
    from perfmon_analyze.browse.catalog import NoSuchRun  # noqa: PLC0415 - as above
    from perfmon_analyze.compare import NotComparable, compare  # noqa: PLC0415 - as above

    choices = Options(scope=options.scope)
    try:
        pairs = _pairs(options)
        done = [compare(pair, choices, anyway=options.anyway) for pair in _with_progress(pairs)]
    except (NoRuns, NoSuchRun, NotComparable) as error:
        return _failed(error, NO_DATA_STATUS)
    except OSError as error:
        return _failed(error, USAGE_STATUS)
    _show(done, options)
    return _draw(done, choices, options.output) if options.output else 0


def _pairs(options: argparse.Namespace) -> list[Pair]:
    from perfmon_analyze import load  # noqa: PLC0415 - as in _compare
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - as in _compare
    from perfmon_analyze.compare import by_label, of_two  # noqa: PLC0415 - as in _compare

    names = resolve.folders(options.names, options.runs)
    if options.by:
        return by_label(load(*names), options.by, base=options.base)
    versus = resolve.folders(options.versus or [], options.runs)
    a, b = (names, versus) if versus else ([side] for side in names)
    return of_two(load(*a), load(*b))


def _with_progress(pairs: Sequence[Pair]) -> Iterable[Pair]:
    from tqdm import tqdm  # noqa: PLC0415 - as in _compare

    return tqdm(pairs, desc="comparisons", delay=1, leave=False, file=sys.stderr, disable=None)


def _show(done: Sequence[Comparison], options: argparse.Namespace) -> None:
    from perfmon_analyze.compare.text import as_markdown, as_text  # noqa: PLC0415 - as in _compare

    if options.json:
        output.json(json.dumps([one.as_json() for one in done], indent=1, ensure_ascii=False, allow_nan=False))
    else:
        texts = ((as_markdown(one) if options.markdown else as_text(one)).strip() for one in done)
        output.lines("\n\n".join(texts).split("\n"))


def _draw(done: Sequence[Comparison], choices: Options, path: str) -> int:
    from perfmon_analyze.compare.figure import figure  # noqa: PLC0415 - as in _compare
    from perfmon_analyze.exports.image_files import write  # noqa: PLC0415 - as in _compare

    stem, _, kind = path.rpartition(".")
    try:
        write(figure(done, choices), os.path.basename(stem), os.path.dirname(stem), formats=[kind])
    except OSError as error:
        return _failed(error, USAGE_STATUS)
    output.error(f"figure in {path}")
    return 0


def _picture(text: str) -> str:
    stem, _, kind = text.rpartition(".")
    if not stem or kind not in _FORMATS:
        raise argparse.ArgumentTypeError(f"must end in .{', .'.join(_FORMATS)}; not {text!r}")
    if not os.path.isdir(os.path.dirname(text) or "."):
        raise argparse.ArgumentTypeError(f"there is no folder {os.path.dirname(text)!r}")
    return text


def _failed(what: object, status: int) -> int:
    output.error(f"perfmon compare: {what}")
    return status
