"""Messages that all verbs share: failures, unreadable files, progress."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from perfmon.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = TypeVar("Item")


def fail(verb: str, error: object, status: int) -> int:
    """Print one line about a failure; the exit status is returned, for the verb to return it."""
    output.error(f"perfmon {verb}: {error}")
    return status


@contextmanager
def warnings_as_lines(verb: str) -> Iterator[list[warnings.WarningMessage]]:
    """Print what is warned of in this block, such as damaged files, each message once, when the block ends."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield caught
        finally:
            for message in messages(caught):
                output.error(f"perfmon {verb}: {message}")


def messages(caught: Iterable[warnings.WarningMessage]) -> list[str]:
    """The texts of warnings, each once."""
    return list(dict.fromkeys(str(one.message) for one in caught))


def progress(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """The items, with a progress bar on standard error for work that takes more than a second, on terminals only."""
    from tqdm import tqdm  # noqa: PLC0415 - `--help` does without

    return tqdm(items, total=total, desc=what, delay=1, leave=False, file=sys.stderr, disable=None)
