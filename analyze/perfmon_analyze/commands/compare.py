"""`perfmon compare`: says what differs between two sides of runs, and how sure that is."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.cli.parser import Parser
    from perfmon_analyze import Options
    from perfmon_analyze.compare import Comparison, Pair

USAGE_STATUS = 2
NO_DATA_STATUS = 1

_NEEDED = {"arch", "scipy"}
_FORMATS = ("png", "svg", "pdf")
_DESCRIPTION = """Compare two groups of runs, A and B: medians, 95th percentiles, peaks, energy, throughput and
duration. The result is the difference of B from A with a 95 % interval, and the smallest difference that such runs
could have shown. Several runs in a group count as repetitions. Runs with different hardware, sampling interval or
origin are compared only with --anyway."""
_EXAMPLES = """examples:
  perfmon compare -2 -1                               the newest run and the one before
  perfmon compare runs/BASELINE-RUN runs/DETECTORS-RUN
  perfmon compare before after                        two folders of runs, each stage and model apart
  perfmon compare runs --by variant                   each variant and the baseline, per stage and model
  perfmon compare runs --by model --base bielik12
  perfmon compare a1 a2 a3 --versus b1 b2 b3          three runs in each group
  perfmon compare runs --by variant --markdown > comparison.md
  perfmon compare runs --by variant -o comparison.svg

exit status: 0; 1 if there are no runs or they cannot be compared; 2 for an error in the command line"""


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
    add("--runs", default="runs", metavar="DIR", help="the folder that holds the runs (default: runs)")
    add("--by", choices=("variant", "model", "stage"), help="compare groups of runs by this label")
    add("--base", metavar="VALUE", help="with --by: the label value of A (default: baseline, else the first by name)")
    add("--versus", nargs="+", metavar="RUNS", help="these runs are B; the runs before are A")
    add("--scope", choices=("job", "host"), default="job", help="whose CPU, RAM and VRAM (default: job)")
    add("--anyway", action="store_true", help="compare runs even if they are not comparable")
    how = parser.add_exclusive()
    how.add_argument("--json", action="store_true", help="print a JSON list, one object a comparison, base units")
    how.add_argument("--markdown", action="store_true", help="print Markdown")
    add("-o", "--output", type=_picture, metavar="FILE", help="also draw a figure: FILE.png, FILE.svg or FILE.pdf")


def run(options: argparse.Namespace) -> int:
    """Compare; the exit status is returned."""
    if not options.by and not options.versus and len(options.names) != 2:
        return reporting.fail("compare", "give two sides, A and B; or --by, or --versus", USAGE_STATUS)
    if options.by and options.versus:
        return reporting.fail("compare", "--by and --versus exclude each other", USAGE_STATUS)
    with reporting.warnings_as_lines("compare"):
        try:
            return _compare(options)
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in _NEEDED:
                raise
            return reporting.fail(
                "compare", f"needs {missing}, which is not installed: pip install 'arch>=8' scipy", USAGE_STATUS
            )


def _compare(options: argparse.Namespace) -> int:
    from perfmon_analyze import NoRuns, Options  # noqa: PLC0415 - `perfmon run` must not wait for pyarrow and arch
    from perfmon_analyze.browse.catalog import NoSuchRun  # noqa: PLC0415 - as above
    from perfmon_analyze.compare import NotComparable, compare  # noqa: PLC0415 - as above

    choices = Options(scope=options.scope)
    try:
        pairs = _pairs(options)
        done = [compare(pair, choices, anyway=options.anyway) for pair in reporting.progress(pairs, "comparisons")]
    except (NoRuns, NoSuchRun, NotComparable) as error:
        return reporting.fail("compare", error, NO_DATA_STATUS)
    except OSError as error:
        return reporting.fail("compare", error, USAGE_STATUS)
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
        return reporting.fail("compare", error, USAGE_STATUS)
    output.error(f"figure in {path}")
    return 0


def _picture(text: str) -> str:
    stem, _, kind = text.rpartition(".")
    if not stem or kind not in _FORMATS:
        raise argparse.ArgumentTypeError(f"must end in .{', .'.join(_FORMATS)}; not {text!r}")
    if not os.path.isdir(os.path.dirname(text) or "."):
        raise argparse.ArgumentTypeError(f"there is no folder {os.path.dirname(text)!r}")
    return text
