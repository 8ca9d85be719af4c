"""`perfmon config`: says how options are set for good, and to what."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon.cli import config_files, output
from perfmon.cli.verbs import VERBS, find

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from perfmon.cli.config import Setting
    from perfmon.cli.parser import Parser

USAGE_STATUS = WRONG_STATUS = 2

_DESCRIPTION = """Print what the options of all verbs are set to, as a file perfmon.toml that sets the same. Every
option of every verb can be set in four places; the first that sets it counts: the command line; a variable, such as
PERFMON_RUN_INTERVAL for perfmon run --interval; the nearest perfmon.toml, or [tool.perfmon] in the nearest
pyproject.toml, from the working directory upwards; ~/.config/perfmon/perfmon.toml."""
_EXAMPLES = """examples:
  perfmon config                                   what is set; defaults are comments
  perfmon config --show-origin run plot            two verbs, and where each value is set
  perfmon config --json
  perfmon config > perfmon.toml                    a file to start from

An example of a perfmon.toml:
  runs = "/scratch/me/runs"                        # for every verb; its variable is PERFMON_RUNS
  [run]
  interval = "250ms"
  disk = ["outputs", "checkpoints"]
  quiet = true

Variables hold 1 or 0 for options without a value. Lists are split as a shell splits words:
PERFMON_RUN_DISK="outputs 'my data'". On the command line --no-quiet switches off what a file or variable switches on.

exit status: 0; 2 if a setting is invalid, or for an error in the command line"""


class Shown(NamedTuple):
    """One option of one verb: what it is set to and where, or its default."""

    verb: str
    key: str
    variable: str
    value: Any
    origin: str | None

    def as_json(self) -> dict[str, Any]:
        """The same; an origin that is null is the default."""
        return self._asdict()


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("verbs", nargs="*", metavar="VERB", type=_verb, help="show these verbs only")
    add("--show-origin", action="store_true", help="print where each value is set")
    add("--json", action="store_true", help="print a JSON list, an object for each option")


def run(options: argparse.Namespace) -> int:
    """Print what is set; the exit status is returned."""
    shown: list[Shown] = []
    problems: dict[str, None] = {}
    for verb in options.verbs or VERBS:
        try:
            shown += _of(verb, VERBS)
        except ValueError as error:
            problems[str(error)] = None
    for problem in problems:
        output.error(f"perfmon config: {problem}")
    if options.json:
        output.json(json.dumps([one.as_json() for one in shown], indent=1))
    else:
        output.lines(_toml(shown, origins=options.show_origin))
    return WRONG_STATUS if problems else 0


def _verb(text: str) -> str:
    if text not in VERBS:
        raise ArgumentTypeError(f"there is no verb {text!r}; it must be one of {', '.join(VERBS)}")
    return text


def parser_of(verb: str) -> Parser:
    """The parser of a verb, as its command line has it."""
    from perfmon.cli.parser import Parser  # noqa: PLC0415 - `perfmon --help` does without

    parser = Parser(prog=f"perfmon {verb}")
    find(verb).configure(parser)
    return parser


def _of(verb: str, verbs: Mapping[str, str]) -> Iterator[Shown]:
    """The options of a verb, with secrets removed.

    Raises:
        ValueError: something is set that makes no sense.
    """
    from perfmon.cli import config  # noqa: PLC0415 - `perfmon config --help` does without
    from perfmon.cli.parser import key  # noqa: PLC0415 - as above

    parser = parser_of(verb)
    chosen = config.configured_values(parser, verb, verbs)
    for action in config.configurable_options(parser):
        setting = chosen.get(action.dest)
        value = action.default if setting is None else _redacted(key(action), setting)
        value = list(value) if isinstance(value, tuple) else value
        yield Shown(verb, key(action), config_files.variable(verb, key(action)), value, setting and setting.where)


def _redacted(name: str, setting: Setting) -> Any:
    import os  # noqa: PLC0415 - with its only user

    from perfmon.redaction.redactor import redactor_for  # noqa: PLC0415 - as above

    return redactor_for(os.environ).mapping({name: setting.value})[name]


def _toml(shown: Sequence[Shown], *, origins: bool) -> Iterator[str]:
    """A file that sets the same; what is not set stands there as a comment."""
    for verb in dict.fromkeys(one.verb for one in shown):
        yield f"[{verb}]"
        for one in shown:
            if one.verb == verb:
                text = f"{one.key} = {_literal(one.value)}"
                line = text if one.origin else f"# {text}"
                yield f"{line:<40} # {one.origin or 'default'}" if origins else line
        yield ""


def _literal(value: Any) -> str:
    """A value as TOML writes it, which is JSON but for null: that it does not have."""
    return '""' if value is None else json.dumps(value, ensure_ascii=False)
