"""`perfmon findings`: says what is worth acting on in recorded runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from perfmon_analyze.findings import Examination

USAGE_STATUS = 2
NO_DATA_STATUS = 1

_DESCRIPTION = """Report problems that are worth acting on: a GPU that waits, memory that grows slowly, a disk that
fills up, a resource request that was too large. Each finding comes with its evidence, its threshold, and when it
does not apply. --all also reports what could not be judged, and why."""
_EXAMPLES = """examples:
  perfmon findings                                 all runs in the folder runs
  perfmon findings latest --all                    the newest run, and what could not be judged
  perfmon findings study/runs --json

exit status: 0, whatever was found (use perfmon check as a gate); 1 if there are no runs; 2 for an error in the command
line"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - `perfmon --help` does without

    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("names", nargs="*", metavar="RUNS", help=f"a folder of runs, or {resolve.HELP} (default: all)")
    add("--runs", default="runs", metavar="DIR", help="the folder that holds the runs (default: runs)")
    add("--all", action="store_true", help="also report what could not be judged")
    add("--json", action="store_true", help="print a JSON object with the findings and what could not be judged")


def run(options: argparse.Namespace) -> int:
    """Look through the runs; the exit status is returned."""
    from perfmon_analyze import NoRuns, load  # noqa: PLC0415 - `perfmon run` must not wait for pyarrow
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - as above
    from perfmon_analyze.browse.catalog import NoSuchRun  # noqa: PLC0415 - as above
    from perfmon_analyze.findings import examine  # noqa: PLC0415 - as above

    with reporting.warnings_as_lines("findings"):
        try:
            found = examine(load(*resolve.folders(options.names or [options.runs], options.runs)))
        except (NoRuns, NoSuchRun) as error:
            return reporting.fail("findings", error, NO_DATA_STATUS)
        except OSError as error:
            return reporting.fail("findings", error, USAGE_STATUS)
    if options.json:
        output.json(_as_json(found))
    else:
        output.lines(_lines(found, everything=options.all))
    return 0


def _as_json(found: Examination) -> str:
    both = {
        "findings": [one.as_json() for one in found.findings],
        "unjudged": [one.as_json() for one in found.unjudged],
    }
    return json.dumps(both, indent=1, ensure_ascii=False, allow_nan=False)


def _lines(found: Examination, *, everything: bool) -> Iterator[str]:
    from perfmon_analyze.findings.text import lines  # noqa: PLC0415 - as in run

    for recording in dict.fromkeys(one.recording for one in found.findings):
        yield recording
        for one in found.findings:
            if one.recording == recording:
                yield from (f"  {line}" for line in lines(one))
    if not found.findings:
        yield "Nothing worth acting on was found."
    if everything:
        yield from _unjudged(found)
    elif found.unjudged:
        yield f"{len(found.unjudged)} judgements lacked data; --all says which."


def _unjudged(found: Examination) -> Iterator[str]:
    """Yield the unjudged rules of a recording, grouped by the missing data."""
    titles: dict[tuple[str, str], list[str]] = {}
    for one in found.unjudged:
        titles.setdefault((one.recording, one.reason), []).append(one.name)
    for recording in dict.fromkeys(recording for recording, _ in titles):
        yield f"not judged in {recording}"
        yield from (f"  {reason}: {', '.join(names)}" for (name, reason), names in titles.items() if name == recording)
