"""Finds the verbs and their modules."""

from __future__ import annotations

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Protocol

    class Command(Protocol):
        """The interface of a verb's module."""

        USAGE_STATUS: int  # exit status of a command line that makes no sense

        def configure(self, parser: argparse.ArgumentParser) -> None:
            """Add the verb's description, examples and options."""

        def parse_plain(self, words: Sequence[str]) -> argparse.Namespace | None:
            """Options without argparse, if they are plain; only `run` has it, for whose command every moment counts."""

        def run(self, options: argparse.Namespace) -> int:
            """Do it; the exit status is returned."""


ENTRY_POINTS = "perfmon.commands"  # the group in which a distribution names the modules of verbs

# In the order of the help. Verbs that only record and mend stand in `perfmon.commands`; the others are the analyzer's.
VERBS = {
    "run": "run a command and record it",
    "attach": "record a process that runs already",
    "ls": "list recorded runs",
    "show": "show one run: what it was, used and produced",
    "watch": "show a run in the terminal while it is being recorded",
    "plot": "draw recorded runs",
    "report": "write one HTML page with all plots and facts of recorded runs",
    "serve": "show the same page in a browser, kept up to date",
    "findings": "report problems in recorded runs that are worth acting on",
    "compare": "compare two groups of runs, with 95 % intervals",
    "check": "check recorded runs against limits, as a gate for continuous integration",
    "export": "write tables as CSV, JSON or Parquet",
    "rm": "remove runs, after asking",
    "seal": "convert journals of runs whose recorder died to Parquet",
    "verify": "report what is missing or damaged in recorded runs",
    "doctor": "report what can be measured here, and what cannot",
    "synth": "write synthetic runs to try the plots on",
    "completion": "print a completion script for a shell",
    "config": "print what options are set to, and where",
}
_RECORDING = ("run", "attach", "seal", "doctor", "completion", "config")


def find(verb: str) -> Command:
    """Import and return the module of a verb.

    Raises:
        LookupError: it is a verb of the analyzer, which is not installed.
    """
    command: Command
    if verb in _RECORDING:
        command = getattr(__import__("perfmon.commands", fromlist=[verb]), verb)
    else:
        from perfmon.lean import entry_points  # noqa: PLC0415 - `perfmon run` does without

        command = entry_points.load(ENTRY_POINTS, verb)
    return command
