"""`perfmon rm`: removes recorded runs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from perfmon_analyze.browse.catalog import RunEntry

USAGE_STATUS = 2
NOT_REMOVED_STATUS = 1

_SHOWN = 20  # names that a message holds

_DESCRIPTION = """Remove runs, after listing them and asking. A run that is still being recorded is kept. Only files
that perfmon made are removed; other files in a run folder are kept and named. Links are never followed. A folder
with neither a run.json nor a journal of perfmon is not a run folder, and is never touched, even with --force."""
_EXAMPLES = """examples:
  perfmon rm -1                                    the newest run in the folder runs
  perfmon rm 3f9a "first try"                      two runs, by digits and by name
  perfmon rm -e "state in (failed, killed) and age > 30d"
  perfmon rm --dry-run -e "duration < 10s"         only list what would be removed
  perfmon rm --yes old/runs                        all runs in a folder, without asking

exit status: 0; 1 if a run does not exist, was not removed, or has other files that are kept; 2 for an error in the
command line"""


class Removal(NamedTuple):
    """Why a run is not removed, or None, and the paths in its folder that perfmon did not write, which stay."""

    reason: str | None
    foreign: Sequence[str] = ()


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - `perfmon --help` does without

    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("which", nargs="*", metavar="RUN", help=f"{resolve.HELP}; or a folder, for all runs in it")
    add("--runs", default="runs", metavar="DIR", help="the folder that holds the runs (default: runs)")
    add("-e", "--filter", metavar="CONDITION", help="remove the runs that match, as in perfmon ls")
    add("-y", "--yes", action="store_true", help="do not ask")
    add("--dry-run", action="store_true", help="only list what would be removed")
    add("--force", action="store_true", help="also remove runs that another machine may still be recording")
    add("--json", action="store_true", help="print a JSON list with one object for each run; needs --yes or --dry-run")


def run(options: argparse.Namespace) -> int:
    """Remove the runs; the exit status is returned."""
    from perfmon_analyze.browse.catalog import NoSuchRun  # noqa: PLC0415 - as above
    from perfmon_analyze.browse.filter import FilterError  # noqa: PLC0415 - `perfmon --help` does without

    if not options.which and options.filter is None:
        return reporting.fail("rm", "say which runs: by name, or with -e", USAGE_STATUS)
    try:
        selected = _selected(options)
    except FilterError as error:
        return reporting.fail("rm", error, USAGE_STATUS)
    except (NoSuchRun, OSError) as error:
        return reporting.fail("rm", error, NOT_REMOVED_STATUS)
    outcomes = {one.folder: _check(one.folder, force=options.force) for one in selected}
    _report_problems({folder: one for folder, one in outcomes.items() if one.reason}, "stays")
    removable = [one for one in selected if outcomes[one.folder].reason is None]
    if removable and not options.dry_run:
        if not options.yes and (options.json or not sys.stdin.isatty()):
            return reporting.fail("rm", "there is nobody to ask; say --yes, or --dry-run", USAGE_STATUS)
        if not options.yes and not _confirmed(removable, outcomes):
            return reporting.fail("rm", "nothing was removed", NOT_REMOVED_STATUS)
        removed = {one.folder: _remove(one.folder) for one in reporting.progress(removable, "runs")}
        _report_problems(removed, "was not removed")
        outcomes |= removed
    if options.json:
        output.json(json.dumps([_plain(one, outcomes[one.folder], options) for one in selected], indent=1))
    elif options.dry_run:
        output.lines(f"would be removed: {line}" for line in _list(removable, outcomes))
    else:
        output.lines(f"removed: {one.folder}" for one in removable if outcomes[one.folder].reason is None)
    return NOT_REMOVED_STATUS if any(one.reason or one.foreign for one in outcomes.values()) else 0


def _selected(options: argparse.Namespace) -> list[RunEntry]:
    """Return the runs that the options select.

    Raises:
        FilterError: the filter is invalid.
        NoSuchRun: no run is selected.
        OSError: a folder cannot be listed.
    """
    from perfmon_analyze.browse import catalog, resolve  # noqa: PLC0415 - as in run
    from perfmon_analyze.browse.fields import KINDS, RunFields  # noqa: PLC0415 - as in run
    from perfmon_analyze.browse.filter import parse  # noqa: PLC0415 - as in run

    fits = parse(options.filter, KINDS) if options.filter is not None else None
    named = resolve.several(options.which, options.runs) if options.which else catalog.find([options.runs])
    fitting = [one for index, one in enumerate(named, -len(named)) if fits is None or fits(RunFields(one, index))]
    if not fitting:
        raise catalog.NoSuchRun(f"none of {len(named)} runs fits {options.filter!r}")
    return fitting


def _check(folder: str, *, force: bool) -> Removal:
    """Return whether a run folder could be removed."""
    from perfmon.store import remove  # noqa: PLC0415 - as in run

    try:
        return Removal(None, remove.check(folder, force=force))
    except (remove.Refused, OSError) as error:
        return Removal(str(error))


def _remove(folder: str) -> Removal:
    """Remove a run, and return what stays of its folder."""
    from perfmon.store import remove  # noqa: PLC0415 - as in run

    try:
        return Removal(None, remove.remove(folder))
    except OSError as error:
        return Removal(str(error.strerror))


def _confirmed(removable: Sequence[RunEntry], outcomes: Mapping[str, Removal]) -> bool:
    """Ask the user to confirm; return whether the answer is yes."""
    for line in _list(removable, outcomes):
        output.error(line)
    output.prompt(f"Remove {_count(len(removable))} for good? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _list(runs: Sequence[RunEntry], outcomes: Mapping[str, Removal]) -> Iterator[str]:
    """Yield a line for each run: its state, its size, and files in its folder that perfmon did not write."""
    from perfmon.store import remove  # noqa: PLC0415 - as in run
    from perfmon_analyze.browse import catalog  # noqa: PLC0415 - as in run
    from perfmon_analyze.text import humanize  # noqa: PLC0415 - as in run

    for one in runs:
        foreign = outcomes[one.folder].foreign
        stays = f"; not perfmon's, and stays: {_names(foreign)}" if foreign else ""
        yield f"{one.folder}  {catalog.state(one)}, {humanize.format_bytes(remove.size(one.folder))}{stays}"


def _plain(one: RunEntry, outcome: Removal, options: argparse.Namespace) -> dict[str, object]:
    return {
        "run": one.run,
        "folder": one.folder,
        "removed": outcome.reason is None and not options.dry_run,
        "would_be_removed": outcome.reason is None,
        "reason": outcome.reason,
        "stays": list(outcome.foreign),
    }


def _report_problems(outcomes: Mapping[str, Removal], what: str) -> None:
    """Print on standard error which run folders are not removed, or hold files of others."""
    for folder, outcome in outcomes.items():
        if outcome.reason:
            output.error(f"perfmon rm: {folder} {what}: {outcome.reason}")
        elif outcome.foreign:
            output.error(f"perfmon rm: {folder}: not perfmon's, and stays: {_names(outcome.foreign)}")


def _names(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def _count(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"
