"""The command line, `perfmon VERB`, and the verbs that record, one a file."""

from __future__ import annotations

import os
import sys

from perfmon.cli.verbs import VERBS, find
from perfmon.lean.standard_error import tell
from perfmon.lean.stdlib import TYPE_CHECKING, signal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import NoReturn

    from perfmon.cli.parser import Parser
    from perfmon.cli.verbs import Command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        from perfmon.cli import output  # noqa: PLC0415 - `perfmon run` may not need it

        output.write(_overview() + "\n")
        return 0 if words else 2
    if words[0] in ("-V", "--version"):
        from perfmon.cli import output  # noqa: PLC0415 - as above
        from perfmon.store import layout  # noqa: PLC0415 - `perfmon --help` does without

        output.write(f"perfmon {layout.__version__}\n")
        return 0
    verb = words[0]
    if verb not in VERBS:
        tell(f"perfmon: there is no verb {verb!r}; it must be one of {', '.join(VERBS)}")
        return 2
    return _run(verb, words[1:])


def command() -> NoReturn:
    """The command `perfmon`: `main`, and its exit status.

    `run`, and whatever cannot write what it prints, end as programs without Python would. To take the interpreter apart
    takes milliseconds, has an exit status of its own where something cannot be written, and may end by a signal where a
    library's thread is still reading.
    """
    if sys.argv[1:2] == ["run"]:
        status = main()
        try:
            if sys.stdout:
                sys.stdout.flush()
        finally:
            os._exit(status)
    from perfmon.cli import output  # noqa: PLC0415 - a run may not need it

    output.open_closed()
    status = output.finish(main())
    if output.is_lost():
        os._exit(status)
    sys.exit(status)


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
    try:
        command = find(verb)
    except LookupError:
        tell(f"perfmon {verb}: perfmon_analyze, which reads runs, is not installed")
        return 2
    is_set = config_files.is_anything_set(verb)
    options = command.parse_plain(words) if verb == "run" and not is_set else None
    return _parse_and_run(command, verb, words, is_set=is_set) if options is None else command.run(options)


def _parse_and_run(command: Command, verb: str, words: list[str], *, is_set: bool) -> int:
    from perfmon.cli import output  # noqa: PLC0415 - as below
    from perfmon.cli.parser import Parser, UsageError  # noqa: PLC0415 - argparse: most runs do without

    parser = Parser(prog=f"perfmon {verb}")
    command.configure(parser)
    try:
        options = _configured(parser, verb, words) if is_set else parser.parse_args(words)
    except UsageError as error:
        for line in str(error).split("\n"):
            output.error(line)
        return command.USAGE_STATUS
    except SystemExit:  # --help was printed
        return output.finish(0)
    return command.run(options)


def _configured(parser: Parser, verb: str, words: list[str]) -> argparse.Namespace:
    from perfmon.cli import config  # noqa: PLC0415 - only where something is set

    return config.parse(parser, verb, words, VERBS)
