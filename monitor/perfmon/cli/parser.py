"""The command line's parser: argparse, with errors of one line."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn


class UsageError(Exception):
    """A command line or a setting is invalid; the message names the fault and where help is."""


class Append(argparse.Action):
    """What argparse calls `append`: an option that can be repeated, whose values are a list."""

    def __call__(self, _parser: object, namespace: argparse.Namespace, value: Any, _option: object = None) -> None:
        """Add a value to a list of the namespace's own: the default is everybody's."""
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest, None) or ()), value])


class Exclusive:
    """A group of options of which at most one can be given; `members` are its options."""

    def __init__(self, add: Callable[..., argparse.Action]) -> None:
        self.members: list[argparse.Action] = []
        self._add = add

    def add_argument(self, *names: str, **how: Any) -> argparse.Action:
        """Add an option, as `Parser.add_argument` does."""
        self.members.append(self._add(*names, **how))
        return self.members[-1]


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of printing the usage and leaving.

    A flag has a hidden opposite, `--no-json` for `--json`, to take back on the command line what a file or variable
    sets. `arguments` are all that the verb takes; `exclusive` holds groups of which one at most can be given.
    """

    def __init__(self, prog: str) -> None:
        self.arguments: list[argparse.Action] = []
        self.exclusive: list[Exclusive] = []
        formatter = partial(argparse.RawDescriptionHelpFormatter, width=_width())
        super().__init__(prog=prog, formatter_class=formatter, allow_abbrev=False)

    def add_argument(self, *names: Any, **how: Any) -> argparse.Action:
        """Add an argument, and for a flag its opposite."""
        return self._register(super().add_argument(*names, **_with_own_actions(how)))

    def _register(self, added: argparse.Action) -> argparse.Action:
        if is_flag(added):
            hidden = argparse.SUPPRESS
            super().add_argument(
                f"--no-{key(added)}", dest=added.dest, action="store_false", default=hidden, help=hidden
            )
        if added.help != argparse.SUPPRESS:
            self.arguments.append(added)
        return added

    def add_exclusive(self) -> Exclusive:
        """Make a group of options of which one at most can be given."""
        group = super().add_mutually_exclusive_group()
        self.exclusive.append(
            Exclusive(lambda *names, **how: self._register(group.add_argument(*names, **_with_own_actions(how))))
        )
        return self.exclusive[-1]

    def format_help(self) -> str:
        """The help, with the description folded and the examples left as they are."""
        from textwrap import fill  # noqa: PLC0415 - only for who asks

        self.description = fill(self.description or "", 100)
        return super().format_help()

    def print_help(self, file: object = None) -> None:
        """Print the help on standard output; argparse would keep to itself that it cannot be written."""
        del file
        from perfmon.cli import output  # noqa: PLC0415 - as above

        output.write(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Raise the message as an error.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{self.prog}: {message}; see {self.prog} --help")


def key(action: argparse.Action) -> str:
    """Return the key of an option in files: its long name without dashes; for a positional argument its name."""
    return next((name[2:] for name in action.option_strings if name.startswith("--")), action.dest)


def is_flag(action: argparse.Action) -> bool:
    """Whether it is an option without a value, which is on or off."""
    return action.nargs == 0 and action.const is True


def takes_several(action: argparse.Action) -> bool:
    """Whether an option has a list of values: it can be repeated, or takes several words."""
    return isinstance(action, Append) or action.nargs in ("+", "*")


def _with_own_actions(how: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords of an argument, with this module's actions in place of argparse's."""
    return how | {"action": Append} if how.get("action") == "append" else how


def _width() -> int:
    """Columns for help; argparse asks shutil for each argument, which loads all kinds of compression before a start."""
    if (columns := os.environ.get("COLUMNS", "")).isdecimal() and int(columns):
        return int(columns) - 2
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns - 2 or 78
    except (AttributeError, ValueError, OSError):  # no standard output, or not a terminal
        return 78
