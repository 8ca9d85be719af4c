"""`perfmon check`: holds recorded runs to limits, as a gate for continuous integration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from perfmon_analyze.check import Judgement
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.text.quantities import Amount

USAGE_STATUS = 2
FAILED_STATUS = 1
UNJUDGED_STATUS = 3

_DESCRIPTION = """Check runs against limits. Each result shows the value and its source: the kernel's exact
high-water mark if there is one, else the samples. A limit passes only if the value is known, and known well enough.
A limit such as +10% is relative to the baseline: the runs of the same stage and model in --baseline, on similar
hardware."""
_EXAMPLES = """examples:
  perfmon check latest --max-rss 40GiB
  perfmon check runs/RUN --max-rss 40GiB --max-vram 22GiB --max-duration 2h
  perfmon check runs/RUN --max-overhead 5% --baseline main/runs
  perfmon check runs/RUN --max-rss +10% --min-items-per-second=-5% --baseline main/runs
  perfmon check runs/RUN --no-finding memory_creep --no-finding gaps
  perfmon check runs --max-rss 40GiB --junit check.xml

exit status: 0 if all limits pass; 1 if one fails; 3 if one cannot be judged; 2 for an error in the command line"""
# Option, what it stands for. Amounts are parsed by the analyzer, which is loaded only to check.
_LIMITS = {
    "max-rss": ("SIZE", "peak memory of the job's process tree"),
    "max-vram": ("SIZE", "peak VRAM on any one GPU: the job's if the driver reports it"),
    "max-disk": ("SIZE", "growth of the watched folders"),
    "max-duration": ("TIME", "duration of the run, such as 90s or 2h"),
    "max-cpu-time": ("TIME", "CPU time of the job's process tree"),
    "max-energy": ("ENERGY", "energy of the GPUs that the job used, such as 2kWh"),
    "max-batch-p95": ("TIME", "95th percentile of the time per batch, including waiting"),
    "min-items-per-second": ("NUMBER", "items per second over the timed batches"),
    "min-gpu": ("PERCENT", "mean GPU utilization after the warm-up"),
    "max-recorder": ("PERCENT", "CPU time of perfmon itself, relative to one CPU"),
    "max-overhead": ("PERCENT", "increase of the time per item, batch or run; needs --baseline"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - `perfmon --help` does without

    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("names", nargs="+", metavar="RUN", help=f"what to check: a folder of runs, or {resolve.HELP}")
    add("--runs", default="runs", metavar="DIR", help="the folder that holds the runs (default: runs)")
    for name, (kind, text) in _LIMITS.items():
        add(f"--{name}", metavar=kind, help=text)
    add("--no-finding", action="append", default=[], metavar="NAME", help="fail on this finding (`perfmon findings`)")
    add("--baseline", nargs="+", metavar="RUN", help="runs that relative limits and --max-overhead refer to")
    add("--json", action="store_true", help="print a JSON object with a list of results for each run, in base units")
    add("--junit", metavar="FILE", help="also write the results as JUnit XML")


def run(options: argparse.Namespace) -> int:
    """Check the runs; the exit status is returned."""
    with reporting.warnings_as_lines("check"):
        try:
            return _check(options)
        except (OSError, ValueError) as error:
            return reporting.fail("check", error, USAGE_STATUS)


def _check(options: argparse.Namespace) -> int:
    from perfmon_analyze import NoRuns, load  # noqa: PLC0415 - `perfmon run` must not wait for pyarrow
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - as above
    from perfmon_analyze.browse.catalog import NoSuchRun  # noqa: PLC0415 - as above
    from perfmon_analyze.check.text import lines  # noqa: PLC0415 - as above

    limits = _limits(options)
    try:
        runs = load(*resolve.folders(options.names, options.runs))
        baseline = load(*resolve.folders(options.baseline, options.runs)) if options.baseline else None
    except (NoRuns, NoSuchRun) as error:
        return reporting.fail("check", error, UNJUDGED_STATUS)
    judged = _judged(runs, baseline, limits, options.no_finding)
    if options.junit:
        _write(judged, options.junit)
    if options.json:
        output.json(
            json.dumps({name: [one.as_json() for one in judgements] for name, judgements in judged.items()}, indent=1)
        )
    else:
        output.lines(
            line for name, judgements in judged.items() for line in (name, *(f"  {one}" for one in lines(judgements)))
        )
    return _status([one for judgements in judged.values() for one in judgements])


def _limits(options: argparse.Namespace) -> dict[str, Amount]:
    """The limits that were given.

    Raises:
        ValueError: there are none, or one makes no sense.
    """
    from perfmon_analyze.check import LIMITS  # noqa: PLC0415 - as in _check
    from perfmon_analyze.check.no_finding import NAMES  # noqa: PLC0415 - as in _check
    from perfmon_analyze.text.quantities import parse_limit  # noqa: PLC0415 - as in _check

    given = {one: text for one in LIMITS if (text := getattr(options, one.option.replace("-", "_"))) is not None}
    unknown = [name for name in options.no_finding if name not in NAMES]
    if unknown:
        raise ValueError(f"there is no finding {unknown[0]!r}; it must be one of {', '.join(NAMES)}")
    if not given and not options.no_finding:
        raise ValueError("give at least one limit; see perfmon check --help")
    amounts = {one.option: parse_limit(text, one.unit) for one, text in given.items()}
    needing = [name for name, amount in amounts.items() if amount.relative or name == "max-overhead"]
    if needing and not options.baseline:
        raise ValueError(f"--{needing[0]} {getattr(options, needing[0].replace('-', '_'))} needs --baseline")
    return amounts


def _judged(
    runs: Runs, baseline: Runs | None, limits: Mapping[str, Amount], no_finding: Sequence[str]
) -> dict[str, list[Judgement]]:
    from perfmon_analyze.check import judge  # noqa: PLC0415 - as in _check
    from perfmon_analyze.check.no_finding import judge_findings  # noqa: PLC0415 - as in _check
    from perfmon_analyze.findings import Examination, examine  # noqa: PLC0415 - as in _check

    found = examine(runs) if no_finding else Examination([], [])
    return {
        one.name: [*judge(runs, one, limits, baseline), *judge_findings(found, one, no_finding)]
        for one in runs.recordings
    }


def _status(judged: Sequence[Judgement]) -> int:
    from perfmon_analyze.check import FAILED, UNJUDGED  # noqa: PLC0415 - as in _check

    verdicts = {one.verdict for one in judged}
    return FAILED_STATUS if FAILED in verdicts else UNJUDGED_STATUS if UNJUDGED in verdicts else 0


def _write(judged: Mapping[str, Sequence[Judgement]], path: str) -> None:
    from perfmon.store.output_file import write_text  # noqa: PLC0415 - most checks do without
    from perfmon_analyze.check.junit import as_junit  # noqa: PLC0415 - as in _check

    write_text(as_junit(judged), path)
