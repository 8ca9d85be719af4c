"""Reads and checks the configuration, and merges it with the command line, which overrides variables, then files.

All names follow from the verbs' parsers: an option `--kill-after` of `perfmon run` is the key `kill-after` in
the table `[run]`, and the variable `PERFMON_RUN_KILL_AFTER`.

No library does this. ConfigArgParse 1.9 writes what files and variables set onto the command line and has argparse
parse them there: a path in a file cannot begin at the file then, and a message names a word that nobody typed instead
of file and key. To load it takes 2.7 times as long as argparse, jsonargparse 4.53 ten times, and the command of
`perfmon run` waits for that. Both use private names of argparse, which this and `parser` do not.
"""

from __future__ import annotations

import argparse
import os
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon.cli import config_files
from perfmon.cli.parser import Parser, UsageError, is_flag, key, takes_several
from perfmon.cli.value_text import format_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

OTHER_TABLES = ("models",)  # in the same files: what `perfmon plot` calls models, and how it draws them

_PATHS = ("DIR", "FILE", "PATH", "RUN", "RUNS")  # what options that hold a path call their value
_ON, _OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_COMMAND_LINE = 0  # ranks: the lower, the more it counts; then come the environment and each file


class ConfigSource(NamedTuple):
    """A source of settings: its name for messages, a table per verb, and the folder that paths are relative to."""

    name: str
    tables: Mapping[str, Any]
    folder: str | None = None


class Setting(NamedTuple):
    """The value of one option: a text, texts or a truth value, where it is set, and the rank of that place."""

    value: Any
    where: str
    rank: int


def parse(parser: Parser, verb: str, words: Sequence[str], verbs: Iterable[str]) -> argparse.Namespace:
    """Return the options of a verb from its command line, variables and files.

    Raises:
        UsageError: a value is invalid, or a setting has no option.
    """
    arguments = configurable_options(parser)
    defaults = {action.dest: action.default for action in arguments}
    for action in arguments:
        action.default = argparse.SUPPRESS  # what is there afterwards was typed
    options = parser.parse_args(words)
    typed = set(vars(options))
    try:
        chosen = _resolve_exclusive(parser, _collect_settings(parser, verb, verbs), typed)
        for action in arguments:
            if action.dest not in typed:
                setattr(options, action.dest, _option_value(action, chosen.get(action.dest), defaults[action.dest]))
    except ValueError as error:
        raise UsageError(f"{parser.prog}: {error}; see perfmon config") from None
    return options


def configurable_options(parser: Parser) -> list[argparse.Action]:
    """Return the arguments of a verb that can be configured: options, and runs that may be left out."""
    return [
        action
        for action in parser.arguments
        if (action.option_strings and action.dest != "help")
        or (action.dest == config_files.SHARED and action.nargs == "*")
    ]


def configured_values(parser: Parser, verb: str, verbs: Iterable[str]) -> dict[str, Setting]:
    """Return the settings of a verb outside of the command line, by the names of the parser's options.

    Raises:
        ValueError: a setting is invalid, or a file cannot be read.
    """
    chosen = _resolve_exclusive(parser, _collect_settings(parser, verb, verbs), set())
    for action in configurable_options(parser):
        _option_value(action, chosen.get(action.dest), None)
    return chosen


def _collect_settings(parser: Parser, verb: str, verbs: Iterable[str]) -> dict[str, Setting]:
    arguments = {key(action): action for action in configurable_options(parser)}
    chosen: dict[str, Setting] = {}
    for rank, source in enumerate(_sources(verb, arguments.values()), _COMMAND_LINE + 1):
        for name, (value, where) in _settings_of_source(source, verb, arguments, verbs).items():
            action = arguments[name]
            _check_characters(value, where)
            chosen.setdefault(action.dest, Setting(_resolve_path(action, value, source.folder), where, rank))
    return chosen


def _check_characters(value: Any, where: str) -> None:
    """Refuse NUL characters, which end every text that is passed to the kernel.

    Raises:
        ValueError: the value holds one.
    """
    if any(isinstance(one, str) and "\0" in one for one in (value if isinstance(value, list) else [value])):
        raise ValueError(f"{where} must not hold a NUL character")


def convert(action: argparse.Action, setting: Setting) -> Any:
    """Convert a setting to the type of its option.

    Raises:
        ValueError: the option does not accept the value.
    """
    value = setting.value
    if is_flag(action):
        if not isinstance(value, bool):
            raise ValueError(f"{setting.where} must be true or false, not {format_value(value)}")
        return value
    if takes_several(action):
        return [_converted(action, one, setting.where) for one in (value if isinstance(value, list) else [value])]
    return _converted(action, value, setting.where)


def _option_value(action: argparse.Action, setting: Setting | None, default: Any) -> Any:
    if setting is not None:
        return convert(action, setting)
    return action.type(default) if isinstance(default, str) and callable(action.type) else default


def _converted(action: argparse.Action, value: Any, where: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{where} must be a text or a number, not {format_value(value)}")
    try:
        converted = action.type(str(value)) if callable(action.type) else str(value)
    except (argparse.ArgumentTypeError, ValueError, TypeError) as error:
        reason = error if isinstance(error, argparse.ArgumentTypeError) else f"{format_value(value)} will not do"
        raise ValueError(f"{where}: {reason}") from None
    if action.choices is not None and converted not in action.choices:
        raise ValueError(f"{where} must be one of {', '.join(map(str, action.choices))}; not {format_value(value)}")
    return converted


def _resolve_exclusive(parser: Parser, chosen: dict[str, Setting], typed: set[str]) -> dict[str, Setting]:
    """Drop settings that an exclusive option of lower rank overrides.

    Raises:
        ValueError: two of them are set in the same place.
    """
    for group in parser.exclusive:
        members = [action.dest for action in group.members]
        given = [name for name in members if name in typed or name in chosen]
        ranks = {name: _COMMAND_LINE if name in typed else chosen[name].rank for name in given}
        most = [name for name, rank in ranks.items() if rank == min(ranks.values())]
        on = [chosen[name].where for name in most if name not in typed and chosen[name].value is not False]
        if len(on) > 1:
            raise ValueError(f"{' and '.join(on)} exclude each other")
        for name in set(members) - set(most):
            chosen.pop(name, None)
    return chosen


def _sources(verb: str, actions: Iterable[argparse.Action]) -> Iterator[ConfigSource]:
    """Yield the environment, then the files."""
    yield ConfigSource("", {verb: dict(_environment(verb, actions))})
    for path in config_files.config_paths():
        yield _read(path)


def _environment(verb: str, actions: Iterable[argparse.Action]) -> Iterator[tuple[str, Any]]:
    """Yield the options' names and values that variables set.

    Raises:
        ValueError: a variable cannot be read, or stands for no option of the verb.
    """
    known = {config_files.variable(verb, key(action)): action for action in actions}
    shared = [(config_files.SHARED_VARIABLE, action) for action in known.values() if key(action) == config_files.SHARED]
    prefix = config_files.variable(verb, "")
    for name in os.environ:
        if name.startswith(prefix) and name not in known:
            raise ValueError(f"there is no option for the variable {name}{_nearest(name, known)}")
    for name, action in (*shared, *known.items()):  # the verb's own counts more
        if name in os.environ:
            yield key(action), _from_text(action, os.environ[name], name)


def _from_text(action: argparse.Action, text: str, name: str) -> Any:
    if is_flag(action):
        if text.lower() not in _ON + _OFF:
            raise ValueError(f"{name} must be 1 or 0, not {format_value(text)}")
        return text.lower() in _ON
    if takes_several(action):
        try:
            return shlex.split(text)
        except ValueError as error:
            raise ValueError(f"{name}: {str(error).lower()}; it is split as a shell splits words") from None
    return text


def _read(path: str) -> ConfigSource:
    """Read a file of settings.

    Raises:
        ValueError: it cannot be read, or is not TOML.
    """
    from perfmon.cli import toml_file  # noqa: PLC0415 - variables do without

    name, tables = toml_file.read(path)
    return ConfigSource(name, tables, None if path == config_files.user_file() else os.path.dirname(path))


def _settings_of_source(
    source: ConfigSource, verb: str, arguments: Mapping[str, argparse.Action], verbs: Iterable[str]
) -> dict[str, tuple[Any, str]]:
    """Return the settings of a source for a verb, each with its place for messages.

    Raises:
        ValueError: a setting has no option.
    """
    if not source.name:  # the environment, looked through already
        table = source.tables[verb]
        return {name: (value, _variable_set(verb, name)) for name, value in table.items()}
    for name, content in source.tables.items():
        if name != config_files.SHARED and name not in (*verbs, *OTHER_TABLES):
            raise ValueError(
                f"{source.name}: there is no verb {format_value(name)}{_nearest(name, [config_files.SHARED, *verbs])}"
            )
        if name != config_files.SHARED and not isinstance(content, dict):
            raise ValueError(f"{source.name}: {name} must be a table, [{name}], not {format_value(content)}")
    values = {}
    if config_files.SHARED in source.tables and config_files.SHARED in arguments:
        values[config_files.SHARED] = (source.tables[config_files.SHARED], f"{source.name}: {config_files.SHARED}")
    for written, value in source.tables.get(verb, {}).items():
        name = written.replace("_", "-")
        if name not in arguments:
            raise ValueError(f"{source.name}: [{verb}] has no {format_value(written)}{_nearest(name, arguments)}")
        values[name] = (value, f"{source.name}: [{verb}] {written}")
    return values


def _variable_set(verb: str, name: str) -> str:
    name_of_variable = config_files.variable(verb, name)
    return name_of_variable if name_of_variable in os.environ else config_files.SHARED_VARIABLE


def _resolve_path(action: argparse.Action, value: Any, folder: str | None) -> Any:
    """Resolve paths of the project's file, which are relative to its folder."""
    if isinstance(value, list):
        return [_resolve_path(action, one, folder) for one in value]
    if not isinstance(value, str) or (action.metavar not in _PATHS and action.dest != config_files.SHARED):
        return value
    value = os.path.expanduser(value)
    if folder is None or folder == os.getcwd() or os.path.isabs(value):
        return value
    return os.path.relpath(os.path.join(folder, value))


def _nearest(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for a mistake

    near = get_close_matches(name, list(names), 1)
    return f"; did you mean {near[0]}?" if near else f"; it must be one of {', '.join(names)}"
