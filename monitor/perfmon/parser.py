"""The command line's parser: argparse, with errors of one line."""

from __future__ import annotations

import argparse

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from typing import NoReturn


class UsageError(Exception):
    """A command line that makes no sense; its text says what is wrong and where to look."""


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of printing the usage and leaving."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog=prog, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)

    def format_help(self) -> str:
        """The help, with the description folded and the examples left as they are."""
        from textwrap import fill  # noqa: PLC0415 - only for who asks

        self.description = fill(self.description or "", 100)
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Say what is wrong.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{self.prog}: {message}; see {self.prog} --help")
