"""`perfmon completion`: prints what a shell needs to complete verbs, options and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfmon.cli import output
from perfmon.cli.verbs import VERBS, find

if TYPE_CHECKING:
    import argparse

    from perfmon.cli.parser import Parser

USAGE_STATUS = 2
FAILED_STATUS = 1

_DESCRIPTION = """Print a script that lets a shell complete what follows perfmon: verbs, options and their values,
files, folders, and the names of runs in the folder runs."""
_EXAMPLES = """examples:
  source <(perfmon completion bash)                                           for this shell
  perfmon completion bash > ~/.local/share/bash-completion/completions/perfmon
  perfmon completion zsh > ~/.zfunc/_perfmon                                  a folder of $fpath
  perfmon completion fish > ~/.config/fish/completions/perfmon.fish"""
_SHELLS = ("bash", "zsh", "fish")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    parser.add_argument("shell", choices=_SHELLS, help="bash, zsh or fish")


def run(options: argparse.Namespace) -> int:
    """Print the script; the exit status is returned."""
    try:
        import shtab  # noqa: PLC0415 - only this verb needs it
    except ModuleNotFoundError:
        output.error("perfmon completion: needs shtab, which is not installed: pip install shtab")
        return FAILED_STATUS
    from perfmon.cli import completion_scripts  # noqa: PLC0415 - with its only user

    output.write(completion_scripts.finished(shtab.complete, _everything(), options.shell) + "\n")
    return 0


def _everything() -> Parser:
    """The parser of the whole command line, with what its arguments are completed to."""
    import shtab  # noqa: PLC0415 - as in run

    from perfmon.cli import completion_scripts  # noqa: PLC0415 - as in run
    from perfmon.cli.parser import Parser  # noqa: PLC0415 - `perfmon --help` does without

    kinds: dict[str, Any] = {key: {**shtab.DIRECTORY, **completion_scripts.FOLDERS} for key in ("DIR", "RUNS")}
    kinds |= {key: {**shtab.FILE, **completion_scripts.FILES} for key in ("FILE", "PATH", "CMD")}
    kinds["RUN"] = completion_scripts.RUNS
    whole = Parser(prog="perfmon")
    verbs = whole.add_subparsers(parser_class=Parser)
    for verb, text in VERBS.items():
        parser = verbs.add_parser(verb, help=text)
        find(verb).configure(parser)
        parser.description = text
        for argument in parser.arguments:
            argument.help = (argument.help or "").partition(": its")[0]  # shells have one line for it
            if argument.metavar in kinds and not argument.choices:
                argument.complete = kinds[argument.metavar]  # type: ignore[attr-defined]  # shtab looks for it
            elif argument.metavar == "VERB":
                argument.choices = list(VERBS)
    return whole
