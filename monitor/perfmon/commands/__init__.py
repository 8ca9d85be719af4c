"""The command line: `perfmon VERB`, one module a verb."""

from __future__ import annotations

import os
import sys

from perfmon.lean.stdlib import TYPE_CHECKING, signal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import NoReturn, Protocol

    from perfmon.cli.parser import Parser

    class Command(Protocol):
        """What a module in `perfmon.commands` offers."""

        USAGE_STATUS: int  # exit status of a command line that makes no sense

        def configure(self, parser: argparse.ArgumentParser) -> None:
            """Add the verb's description, examples and options."""

        def parse_plain(self, words: Sequence[str]) -> argparse.Namespace | None:
            """Options without argparse, if they are plain; only `run` has it, for whose command every moment counts."""

        def run(self, options: argparse.Namespace) -> int:
            """Do it; the exit status is returned."""


# Each verb stands in `perfmon.commands.<verb>`, which is imported only when it is asked for.
VERBS = {
    "run": "run a command and record it",
    "attach": "record a process that runs already",
    "ls": "list recorded runs",
    "show": "say what one run was, took and came to",
    "watch": "show a run in the terminal while it is being recorded",
    "plot": "draw recorded runs",
    "report": "write one page with everything there is to see of recorded runs",
    "serve": "show the same live in a browser",
    "findings": "say what is worth acting on in recorded runs",
    "compare": "say what differs between two sides of runs, and how sure that is",
    "check": "hold recorded runs to limits, as a gate for continuous integration",
    "export": "write tables as CSV, JSON or one Parquet file",
    "rm": "remove runs, after asking",
    "seal": "seal runs whose recorder died",
    "verify": "say how far recorded runs can be trusted",
    "doctor": "say what can be measured here, and what not",
    "synth": "write synthetic runs to try the plots on",
    "completion": "print what a shell needs to complete words",
    "config": "say what options are set to, where, and how",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print(_overview())
        return 0 if words else 2
    if words[0] in ("-V", "--version"):
        from perfmon.store import layout  # noqa: PLC0415 - `perfmon --help` does without

        print(f"perfmon {layout.__version__}")
        return 0
    verb = words[0]
    if verb not in VERBS:
        print(f"perfmon: there is no verb {verb!r}; it must be one of {', '.join(VERBS)}", file=sys.stderr)
        return 2
    return _run(verb, words[1:])


def command() -> NoReturn:
    """The command `perfmon`: `main`, and its exit status."""
    status = main()
    if sys.argv[1:2] == ["run"]:
        _end_at_once(status)
    sys.exit(status)


def _end_at_once(status: int) -> None:
    """End as a program without Python would: to take the interpreter apart takes milliseconds."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream:
                stream.flush()
    except OSError:  # nobody reads its help any more: the interpreter has words for it
        return
    os._exit(status)


def _overview() -> str:
    verbs = "\n".join(f"  {verb:<10} {text}" for verb, text in VERBS.items())
    return f"""usage: perfmon VERB ...

Records what each stage of a pipeline does to CPU, RAM, GPU, VRAM and disk, and draws it.

{verbs}

perfmon VERB --help says more, with examples.

  perfmon run --stage training --model bielik12 -- python train_sae.py
  perfmon plot runs"""


def _run(verb: str, words: list[str]) -> int:
    from perfmon.cli import config_files  # noqa: PLC0415 - `perfmon --help` does without

    if verb == "run" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # until the command is there, Ctrl-C ends us as it ends any command, and not with a traceback
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    command: Command = getattr(__import__("perfmon.commands", fromlist=[verb]), verb)
    is_set = config_files.are_there(verb)
    options = command.parse_plain(words) if verb == "run" and not is_set else None
    return _parse_and_run(command, verb, words, is_set=is_set) if options is None else command.run(options)


def _parse_and_run(command: Command, verb: str, words: list[str], *, is_set: bool) -> int:
    from perfmon.cli.parser import Parser, UsageError  # noqa: PLC0415 - argparse: most runs do without

    parser = Parser(prog=f"perfmon {verb}")
    command.configure(parser)
    try:
        options = _configured(parser, verb, words) if is_set else parser.parse_args(words)
    except UsageError as error:
        print(error, file=sys.stderr)
        return command.USAGE_STATUS
    except SystemExit:  # --help was printed
        return 0
    return command.run(options)


def _configured(parser: Parser, verb: str, words: list[str]) -> argparse.Namespace:
    from perfmon.cli import config  # noqa: PLC0415 - only where something is set

    return config.parse(parser, verb, words, VERBS)
