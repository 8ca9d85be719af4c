"""The small language in which runs are chosen: `stage = 'training' and peak_rss > 10 GiB`.

It reads like the condition of an SQL query. Nothing of it is executed: the parser below makes tests of it.

    condition = every { "or" every }
    every     = single { "and" single }
    single    = "not" single | "(" condition ")" | field test
    test      = ("=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=") value
              | ["not"] "in" "(" value { "," value } ")" | ["not"] "like" value | "is" ["not"] "null"
    value     = number [unit] | 'text' | "text" | word
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze.browse import predicates
from perfmon_analyze.browse.fields import FREE
from perfmon_analyze.browse.predicates import Value
from perfmon_analyze.text import quantities

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfmon_analyze.browse.predicates import Test

_WORDS = ("and", "or", "not", "in", "like", "is", "null")
_UNITS = ("_bytes", "_seconds", "_ratio", "_time")
_LONGEST = 200  # tokens; each parenthesis is a call within a call
_TOKEN = re.compile(
    rf"""\s*(?:
    (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    |(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
        (?:\ *(?P<unit>%|(?:{"|".join(quantities.UNITS)})\b))?(?![\w.:-])
    |(?P<word>\w[\w.:/@+-]*)
    |(?P<sign><=|>=|<>|!=|==|[=<>(),])
    )""",
    re.VERBOSE | re.IGNORECASE,
)


class NoCondition(ValueError):
    """The text is not a condition; the message says where, and what would be."""


class _Token(NamedTuple):
    kind: str
    text: str
    unit: str | None = None


def parse(text: str, fields: Mapping[str, type]) -> Callable[[Mapping[str, object]], bool]:
    """A test for runs, of each of which is known what `fields` names: numbers in base units (`float`), or text (`str`).

    A field's name can do without its unit: `peak_rss` means `peak_rss_bytes`.

    Raises:
        NoCondition: it is not one, or it names what is no field.
    """
    parser = _Parser(text, fields)
    test = parser.condition()
    parser.end()
    return lambda known: test(known) is True


def full_name(name: str, fields: Mapping[str, type]) -> str:
    """A field's name with its unit.

    Raises:
        NoCondition: there is no such field.
    """
    if name in fields or name.startswith(FREE):
        return name
    for field in fields:
        if any(field == name + unit for unit in _UNITS):
            return field
    raise NoCondition(f"there is no field {name!r}; it must be one of {', '.join(fields)}")


class _Parser:
    def __init__(self, text: str, fields: Mapping[str, type]) -> None:
        self._fields = fields
        self._tokens = _tokens(text)
        self._at = 0

    def condition(self) -> Test:
        tests = [self._every()]
        while self._take("or"):
            tests.append(self._every())
        return predicates.any_of(tests)

    def _every(self) -> Test:
        tests = [self._single()]
        while self._take("and"):
            tests.append(self._single())
        return predicates.all_of(tests)

    def _single(self) -> Test:
        if self._take("not"):
            return predicates.negated(self._single())
        if self._take("("):
            inner = self.condition()
            self._need(")")
            return inner
        return self._test(full_name(self._next("a field").text, self._fields))

    def _test(self, field: str) -> Test:
        if self._take("is"):
            negated = self._take("not")
            self._need("null")
            return predicates.negated(predicates.is_null(field)) if negated else predicates.is_null(field)
        if self._take("not"):
            return predicates.negated(self._membership(field))
        sign = self._tokens[self._at].text if self._at < len(self._tokens) else ""
        if sign not in predicates.SIGNS:
            return self._membership(field)
        self._at += 1
        return predicates.compares(field, sign, self._value(field))

    def _membership(self, field: str) -> Test:
        if self._take("like"):
            return predicates.is_like(field, self._next("a pattern").text)
        if not self._take("in"):
            raise NoCondition(
                f"after {field} must come one of {', '.join(predicates.SIGNS)}, in, like, is{self._found()}"
            )
        self._need("(")
        values = [self._value(field)]
        while self._take(","):
            values.append(self._value(field))
        self._need(")")
        return predicates.any_of([predicates.compares(field, "=", value) for value in values])

    def _value(self, field: str) -> Value:
        kind, text, unit = self._next("a value")
        if kind == "sign" or (kind == "word" and (text.lower() in _WORDS or text in self._fields)):
            raise NoCondition(f"{field} must be compared with a value, not with {text}; put text into quotes")
        if kind == "number":
            return Value(text, quantities.amount(text, unit))
        if self._fields.get(field) is float:
            raise NoCondition(f"{field} is a number, and cannot be compared with {text!r}")
        return Value(text.replace(" ", "T", 1) if field.endswith("_time") else text)

    def _take(self, wanted: str) -> bool:
        kind, text, _ = self._tokens[self._at] if self._at < len(self._tokens) else _Token("", "")
        taken = kind in ("word", "sign") and text.lower() == wanted
        self._at += taken
        return taken

    def _need(self, wanted: str) -> None:
        if not self._take(wanted):
            raise NoCondition(f"{wanted!r} is missing{self._found()}")

    def _next(self, what: str) -> _Token:
        if self._at == len(self._tokens):
            raise NoCondition(f"{what} is missing at the end")
        self._at += 1
        return self._tokens[self._at - 1]

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise NoCondition(f"'and' or 'or' is missing{self._found()}")

    def _found(self) -> str:
        return f" before {self._tokens[self._at].text!r}" if self._at < len(self._tokens) else " at the end"


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or len(tokens) == _LONGEST:
            raise NoCondition(f"cannot read {text[at : at + 20].strip()!r}")
        (kind,) = (name for name in ("text", "number", "word", "sign") if match[name] is not None)
        found = match[kind]
        tokens.append(
            _Token(kind, found[1:-1].replace(found[0] * 2, found[0]) if kind == "text" else found, match["unit"])
        )
        at = match.end()
    return tokens
