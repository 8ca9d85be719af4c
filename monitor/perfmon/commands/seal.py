"""`perfmon seal`: seal runs that nobody records any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    import argparse

    from perfmon.store.recover import Recovery

USAGE_STATUS = 2
NOT_SEALED_STATUS = 1

_DESCRIPTION = """Convert the remaining journals of runs to Parquet files. A run whose recorder died, by kill -9 or a
power cut, gets the state "lost" and the time of its last row as its end. A run that is still being recorded is left
alone. perfmon can also read runs that are not sealed."""
_EXAMPLES = """examples:
  perfmon seal runs                                every run below runs
  perfmon seal runs/20261122T184300Z-training-bielik12-3f9a
  perfmon seal --force runs                        also runs of a machine that no longer exists

exit status: 0 if all runs are sealed; 1 if one is not, with the reason; 2 for an error in the command line"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    parser.add_argument("runs", nargs="+", metavar="RUNS", help="a run folder, or a folder of runs")
    parser.add_argument(
        "--force", action="store_true", help="also seal runs of other machines that are marked as running"
    )


def run(options: argparse.Namespace) -> int:
    """Seal the runs; the exit status is returned."""
    from perfmon.store.run_search import NoRuns, search  # noqa: PLC0415 - `perfmon run` must not wait for pyarrow

    try:
        folders, problems = search(options.runs)
    except (NoRuns, OSError) as error:
        return reporting.fail("seal", error, NOT_SEALED_STATUS)
    problems += [
        problem for folder in reporting.progress(folders, "runs") for problem in _seal(folder, force=options.force)
    ]
    for problem in problems:
        output.error(f"perfmon seal: {problem}")
    return NOT_SEALED_STATUS if problems else 0


def _seal(folder: str, *, force: bool) -> list[str]:
    """Seal one run and print the result; return the problems."""
    from perfmon.store.recover import recover  # noqa: PLC0415 - as above

    try:
        recovery = recover(folder, force=force)
    except (OSError, ValueError) as error:
        return [f"{folder} is not sealed: {error}"]
    if recovery.sealed is None:
        return [f"{folder} is left alone: {recovery.refused}"]
    output.lines([f"{folder}: {_describe(recovery)}"])
    problems = [f"{folder}: {problem}" for problem in recovery.sealed.problems]
    if recovery.sealed.locked:
        problems.append(
            f"{folder}: {_count(recovery.sealed.locked, 'journal')} still being written, by the run's processes"
        )
    return problems


def _describe(recovery: Recovery) -> str:
    assert recovery.sealed
    sealed = recovery.sealed
    words = [f"{_count(sealed.journals, 'journal')} sealed" if sealed.journals else "nothing to seal"]
    if sealed.damaged:
        words.append(f"{_count(sealed.damaged, 'damaged line')} lost")
    if recovery.lost_after is not None:
        words.append(f"its recorder was lost after {recovery.lost_after:.1f} s")
    return ", ".join(words)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
