"""`perfmon verify`: say how far recorded runs can be trusted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from perfmon_analyze.verify.audit import Audit, Cost

USAGE_STATUS = 2
NOT_SOUND_STATUS = 1

_DESCRIPTION = """Check the data of runs. The report says how much of the expected data is there, which ticks are
missing and why, what is damaged or unreadable, what can be recovered from journals that are not sealed, where the
clock was set, and what the recorder itself cost. A run is sound if it was recorded to its end, has 99 % of its ticks
and all expected rows of every table, no source failed, and nothing is damaged."""
_EXAMPLES = """examples:
  perfmon verify runs                              every run below runs
  perfmon verify --json runs/20261122T184300Z-training-bielik12-3f9a

exit status: 0 if all runs are sound; 1 if one is not, or there are none; 2 for an error in the command line"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    parser.add_argument("runs", nargs="+", metavar="RUNS", help="a run folder, or a folder of runs")
    parser.add_argument(
        "--json", action="store_true", help="print a JSON list with one object for each run, in base units"
    )


def run(options: argparse.Namespace) -> int:
    """Look through the runs; the exit status is returned."""
    from perfmon.store import liveness  # noqa: PLC0415 - `perfmon --help` does without
    from perfmon.store.run_search import NoRuns, search  # noqa: PLC0415 - as above
    from perfmon_analyze.verify.audit import audit  # noqa: PLC0415 - `perfmon run` must not wait for pyarrow

    try:
        folders, left_out = search(options.runs)
    except (NoRuns, OSError) as error:
        return reporting.fail("verify", error, NOT_SOUND_STATUS)
    audits = [audit(folder, alive=liveness.is_recorded(folder)) for folder in reporting.progress(folders, "runs")]
    if options.json:
        output.json(json.dumps([_plain(one) for one in audits], indent=1))
    else:
        output.lines(line for one in audits for line in _report_lines(one))
    for problem in left_out:
        output.error(f"perfmon verify: {problem}")
    return NOT_SOUND_STATUS if left_out or any(one.problems for one in audits) else 0


def _plain(audit: Audit) -> dict[str, object]:
    """Return an audit as values of JSON."""
    return {
        **vars(audit),
        "gaps": [gap._asdict() for gap in audit.gaps],
        "events": [event._asdict() for event in audit.events],
        "jumps": [jump._asdict() for jump in audit.jumps],
        "cost": audit.cost._asdict(),
        "coverage": audit.coverage,
        "sound": not audit.problems,
    }


def _report_lines(audit: Audit) -> Iterator[str]:
    yield f"{audit.run}: {'NOT SOUND' if audit.problems else 'sound'}"
    yield from (f"  {line}" for line in _lines(audit))


def _lines(audit: Audit) -> Iterator[str]:
    yield from (f"problem    {problem}" for problem in audit.problems)
    yield f"coverage   {_percent(audit.coverage)} of ticks, {audit.ticks} of {audit.ticks_due}; state {audit.state}"
    for gap in audit.gaps:
        yield f"gap        {gap.begin_t:.1f} s to {gap.end_t:.1f} s, {gap.ticks} ticks: {gap.reason}"
    if audit.recovered_rows:
        yield f"recovered  {audit.recovered_rows} rows are not sealed yet, and are read from their journals"
    for jump in audit.jumps:
        yield f"clock      set by {jump.seconds:+.2f} s at {jump.t:.1f} s; t is not affected"
    yield from (f"recorder   {line}" for line in _cost(audit.cost))


def _cost(cost: Cost) -> Iterator[str]:
    words = []
    if cost.cpu_seconds is not None:
        words.append(f"{cost.cpu_seconds:.2f} s of CPU")
    if cost.cpu_ratio is not None:
        words.append(f"{_percent(cost.cpu_ratio)} of one CPU")
    if cost.peak_memory_bytes is not None:
        words.append(f"{cost.peak_memory_bytes / 2**20:.0f} MiB at most")
    if cost.late_seconds_median is not None and cost.late_seconds_max is not None:
        words.append(
            f"ticks {1e3 * cost.late_seconds_median:.1f} ms late, {1e3 * cost.late_seconds_max:.1f} ms at most"
        )
    if cost.tick_seconds_median:
        words.append(f"{1e3 * cost.tick_seconds_median:.1f} ms a tick")
    if words:
        yield ", ".join(words)


def _percent(ratio: float) -> str:
    """Format a ratio in percent, rounded down, so that only 1 gives 100 %."""
    return f"{int(ratio * 1000) / 10:g} %"
