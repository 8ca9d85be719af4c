"""`perfmon rm`: removes recorded runs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from perfmon.cli import output

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from perfmon_analyze.browse.catalog import Found

USAGE_STATUS = 2
NOT_REMOVED_STATUS = 1

_DESCRIPTION = """Remove run folders, for good. It says which and asks first. A run that is still being recorded stays,
and so does a folder in which anything lies that perfmon did not put there; links are never followed, and what is no run
folder is never removed."""
_EXAMPLES = """examples:
  perfmon rm -1                                    the newest run in the folder runs
  perfmon rm 3f9a "first try"                      two runs, by digits and by name
  perfmon rm -e "state in (failed, killed) and age > 30d"
  perfmon rm --dry-run -e "duration < 10s"         say what would go, and remove nothing
  perfmon rm --yes old/runs                        all runs in a folder, without asking

exit status: 0; 1 if a run is not there, or was not removed; 2 for a mistake in the command"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - `perfmon --help` does without

    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("which", nargs="*", metavar="RUN", help=f"{resolve.HELP}; or a folder, for all runs in it")
    add("--runs", default="runs", metavar="DIR", help="where runs are looked up (default: runs)")
    add("-e", "--filter", metavar="CONDITION", help="those that this holds for, as in perfmon ls")
    add("-y", "--yes", action="store_true", help="do not ask")
    add("--dry-run", action="store_true", help="say what would be removed, and remove nothing")
    add("--force", action="store_true", help="also runs of machines that are gone, and what others put into a run")
    add("--json", action="store_true", help="print a JSON list, an object for each run; it does not ask: see --yes")


def run(options: argparse.Namespace) -> int:
    """Remove the runs; the exit status is returned."""
    from perfmon_analyze.browse.catalog import NoSuchRun  # noqa: PLC0415 - as above
    from perfmon_analyze.browse.filter import FilterError  # noqa: PLC0415 - `perfmon --help` does without

    if not options.which and options.filter is None:
        return _failed("say which runs: by name, or with -e", USAGE_STATUS)
    try:
        meant = _meant(options)
    except FilterError as error:
        return _failed(error, USAGE_STATUS)
    except (NoSuchRun, OSError) as error:
        return _failed(error, NOT_REMOVED_STATUS)
    hindrances = {one.folder: _hindrance(one.folder, force=options.force) for one in meant}
    _tell(hindrances, "stays")
    removable = [one for one in meant if hindrances[one.folder] is None]
    if removable and not options.dry_run:
        if not options.yes and (options.json or not sys.stdin.isatty()):
            return _failed("there is nobody to ask; say --yes, or --dry-run", USAGE_STATUS)
        if not options.yes and not _agreed(removable):
            return _failed("nothing was removed", NOT_REMOVED_STATUS)
        problems = {one.folder: _remove(one.folder) for one in _with_progress(removable)}
        _tell(problems, "was not removed")
        hindrances |= problems
    if options.json:
        print(json.dumps([_plain(one, hindrances[one.folder], options) for one in meant], indent=1))
    elif options.dry_run:
        output.write("".join(f"would be removed: {line}\n" for line in _list(removable)))
    else:
        output.write("".join(f"removed: {one.folder}\n" for one in removable if hindrances[one.folder] is None))
    return NOT_REMOVED_STATUS if any(hindrances.values()) else 0


def _meant(options: argparse.Namespace) -> list[Found]:
    """The runs that are meant.

    Raises:
        FilterError: the condition makes no sense.
        NoSuchRun: there is none of them.
        OSError: a folder cannot be listed.
    """
    from perfmon_analyze.browse import catalog, resolve  # noqa: PLC0415 - as in run
    from perfmon_analyze.browse.fields import KINDS, Row  # noqa: PLC0415 - as in run
    from perfmon_analyze.browse.filter import parse  # noqa: PLC0415 - as in run

    fits = parse(options.filter, KINDS) if options.filter is not None else None
    meant = resolve.several(options.which, options.runs) if options.which else catalog.find([options.runs])
    fitting = [one for index, one in enumerate(meant, -len(meant)) if fits is None or fits(Row(one, index))]
    if not fitting:
        raise catalog.NoSuchRun(f"none of {len(meant)} runs fits {options.filter!r}")
    return fitting


def _hindrance(folder: str, *, force: bool) -> str | None:
    """Why a run stays; None if it can go."""
    from perfmon.store import remove  # noqa: PLC0415 - as in run

    try:
        remove.check(folder, force=force)
    except (remove.Refused, OSError) as error:
        return str(error)
    return None


def _remove(folder: str) -> str | None:
    """Why a run was not removed; None if it was."""
    from perfmon.store import remove  # noqa: PLC0415 - as in run

    try:
        remove.remove(folder)
    except OSError as error:
        return str(error.strerror)
    return None


def _agreed(removable: Sequence[Found]) -> bool:
    """Whether the user says so."""
    print("\n".join(_list(removable)), file=sys.stderr)
    sys.stderr.write(f"Remove {_count(len(removable))} for good? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _list(runs: Sequence[Found]) -> Iterator[str]:
    """A line for each run: what it was, and how large it is."""
    from perfmon.store import remove  # noqa: PLC0415 - as in run
    from perfmon_analyze.browse import catalog  # noqa: PLC0415 - as in run
    from perfmon_analyze.text import humanize  # noqa: PLC0415 - as in run
    from perfmon_analyze.text.sanitize import printable  # noqa: PLC0415 - as in run

    for one in runs:
        yield f"{printable(one.folder)}  {catalog.state(one)}, {humanize.size(remove.size(one.folder))}"


def _with_progress(runs: Sequence[Found]) -> Iterable[Found]:
    from tqdm import tqdm  # noqa: PLC0415 - as in run

    return tqdm(runs, desc="runs", unit="run", delay=1, leave=False, file=sys.stderr)


def _plain(one: Found, hindrance: str | None, options: argparse.Namespace) -> dict[str, object]:
    return {
        "run": one.run,
        "folder": one.folder,
        "removed": hindrance is None and not options.dry_run,
        "would_be_removed": hindrance is None,
        "reason": hindrance,
    }


def _tell(hindrances: Mapping[str, str | None], what: str) -> None:
    for folder, hindrance in hindrances.items():
        if hindrance:
            print(f"perfmon rm: {folder} {what}: {hindrance}", file=sys.stderr)


def _count(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"


def _failed(error: object, status: int) -> int:
    print(f"perfmon rm: {error}", file=sys.stderr)
    return status
