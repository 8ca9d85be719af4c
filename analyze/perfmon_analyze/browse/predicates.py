"""Tests of what is known of a run, in the logic of SQL: what is not known is neither true nor false."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Truth = bool | None  # None: not known
    Test = Callable[[Mapping[str, object]], Truth]

SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Value(NamedTuple):
    """What somebody compares with: as it was typed, and as a number in base units if it is one."""

    text: str
    number: float | None = None


def negated(test: Test) -> Test:
    """True where the test is false."""

    def holds(known: Mapping[str, object]) -> Truth:
        truth = test(known)
        return None if truth is None else not truth

    return holds


def any_of(tests: Sequence[Test]) -> Test:
    """True where one of the tests is; not known where none is, but one is not known."""
    if len(tests) == 1:
        return tests[0]

    def holds(known: Mapping[str, object]) -> Truth:
        truths = [test(known) for test in tests]
        return True if True in truths else None if None in truths else False

    return holds


def all_of(tests: Sequence[Test]) -> Test:
    """True where all of the tests are; false where one is not."""
    return negated(any_of([negated(test) for test in tests]))


def is_null(field: str) -> Test:
    """Whether the field is not known."""
    return lambda known: known.get(field) is None


def compares(field: str, sign: str, value: Value) -> Test:
    """The field against a value: as numbers if the value is one and the field's content, too; else as text."""
    compare = SIGNS[sign]

    def holds(known: Mapping[str, object]) -> Truth:
        own = known.get(field)
        if own is None:
            return None
        number = _number(own)
        if value.number is not None and number is not None:
            return compare(number, value.number)
        return compare(_text(own), value.text)

    return holds


def is_like(field: str, pattern: str) -> Test:
    """Whether the field's text fits a pattern, in which % stands for any text and _ for one character."""
    parts = {"%": ".*", "_": "."}
    fits = re.compile("".join(parts.get(letter) or re.escape(letter) for letter in pattern), re.DOTALL).fullmatch

    def holds(known: Mapping[str, object]) -> Truth:
        own = known.get(field)
        return None if own is None else fits(_text(own)) is not None

    return holds


def _number(own: object) -> float | None:
    try:
        return float(str(own)) if isinstance(own, int | float | str) and not isinstance(own, bool) else None
    except ValueError:
        return None


def _text(own: object) -> str:
    return str(own).lower() if isinstance(own, bool) else str(own)
