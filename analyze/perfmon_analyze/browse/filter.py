"""Filters of runs, such as `stage = training and peak_rss > 10 GiB`, evaluated by SQLite.

    filter = test | "not" filter | filter "and" filter | filter "or" filter | "(" filter ")"
    test   = field ( "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) value
           | field ["not"] "in" "(" value { "," value } ")" | field ["not"] "like" value | field "is" ["not"] "null"
    value  = number [unit] | 'text' | "text" | word

Precedence, comparisons, patterns and the three-valued logic of what is not known are SQLite's. A filter becomes an SQL
expression of fixed pieces: what the user typed and what a run holds are bound as parameters, and never become SQL text.
There is no table, and the authorizer allows nothing but the functions that the pieces call.
"""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING

from perfmon_analyze.browse.fields import FREE
from perfmon_analyze.text import quantities

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    Parameters = dict[str, str | float | None]

_UNITS = ("_bytes", "_seconds", "_ratio", "_time")
_FUNCTIONS = ("coalesce", "glob")
_LONGEST = 20_000  # characters; as the SQL has no loops, this bounds the time, too
_LONGEST_PATTERN = 1000  # bytes; SQLite takes at most as many steps as pattern times text
_DEEPEST = 500  # levels of SQLite's expression tree: so many tests joined by `and`, or members of a list
_SHOWN = 40  # characters of the user's text that a message repeats
_HINT = (
    "a test is FIELD = VALUE (or ==, !=, <>, <, <=, >, >=), FIELD [not] in (VALUE, ...), FIELD [not] like PATTERN or "
    "FIELD is [not] null; text that is more than a word goes into quotes"
)

# Possessive quantifiers and atomic groups keep the time linear in the length of the text.
# They are compiled when there is a filter: a list without one does without.
_TEXT = r"""(?>'(?:[^']|'')*+'|"(?:[^"]|"")*+")"""
_END = r"(?![\w.:/@+-])"
_WORD = rf"(?!(?:and|or|not|in|like|is|null){_END})\w[\w.:/@+-]*+"
_UNIT = rf"%|(?:{'|'.join(quantities.UNITS)})\b"
_NUMBER = r"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?"
_AMOUNT = rf"{_NUMBER}(?:\ *+(?:{_UNIT}))?(?![\w.:-])"
_VALUE = rf"(?>{_TEXT}|{_AMOUNT}|{_WORD})"
_PART = rf"""(?xi)(?:
    (?P<join>(?:and|or|not){_END}|[()])
    |(?P<field>{_TEXT}|{_WORD})\s*+(?:
        (?P<operator><=|>=|<>|!=|==|[=<>])\s*+(?P<value>{_VALUE})
        |is\s++(?P<is_not>not\s++)?(?P<null>null){_END}
        |(?P<negation>not\s++)?(?:
            in\s*+\(\s*+(?P<members>{_VALUE}(?:\s*+,\s*+{_VALUE})*+)\s*+\)
            |like{_END}\s*+(?P<pattern>{_VALUE})
        )
    )?)\s*+"""
_PARTS_OF_VALUE = rf"(?i)(?P<text>{_TEXT})|(?={_AMOUNT})(?P<number>{_NUMBER})\ *+(?P<unit>{_UNIT})?|(?P<word>{_WORD})"
_NOT_IN_SQL = "[\0\ud800-\udfff]"  # characters that a text of SQLite cannot hold
_AS_GLOB = str.maketrans({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})


class FilterError(ValueError):
    """The text is not a filter, or a name is not a field's; the message says where, and what is possible."""


def parse(text: str, fields: Mapping[str, type]) -> Callable[[Mapping[str, object]], bool]:
    """A function that tells whether the filter holds for a run, given the run's fields.

    `fields` are the names that a filter may use, with the type of each: `float`, in the unit of the name, or `str`.
    The unit can be left out: `peak_rss` is `peak_rss_bytes`. Names that begin with `tags.` or `config.` are allowed,
    too, and may hold anything. A field that is missing, None or NaN is not known.

    Raises:
        FilterError: the text is not a filter, names an unknown field, or is too long.
    """
    try:
        import sqlite3  # noqa: PLC0415 - a list without a filter does without; and not every Python has it
    except ImportError as error:
        raise FilterError("filters need Python's module sqlite3, and this Python was built without it") from error

    expression = _Expression(fields)
    statement = f"SELECT {expression.translate(text.strip())}"
    connection = connect()

    def holds(run: Mapping[str, object]) -> bool:
        (result,) = connection.execute(statement, expression.constants | expression.values(run)).fetchone()
        return bool(result == 1)  # neither 0, which is false, nor None, which is not known

    try:
        holds({})
    except sqlite3.Error as error:  # one of the limits
        connection.close()
        raise FilterError(f"the filter is too long or nested too deeply: {error}") from error
    weakref.finalize(holds, connection.close)  # Python 3.13 warns of connections that nobody closes
    return holds


def full_name(name: str, fields: Mapping[str, type]) -> str:
    """Return a field's full name, with its unit.

    Raises:
        FilterError: there is no such field.
    """
    if name in fields or name.startswith(FREE):
        return name
    for field in fields:
        if any(field == name + unit for unit in _UNITS):
            return field
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

    short = [field.removesuffix(unit) for field in fields for unit in _UNITS]
    close = get_close_matches(name, short, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise FilterError(f"there is no field {_shown(name)}{hint}; it must be one of {', '.join(fields)}")


def connect() -> sqlite3.Connection:
    """A database in memory, without tables, that calls the few functions of the filters and does nothing else."""
    import sqlite3  # noqa: PLC0415 - as in parse

    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 20 * _LONGEST)
    connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, _DEEPEST)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, _LONGEST_PATTERN)

    def allowed(action: int, _: str | None, function: str | None, *__: str | None) -> int:
        call = action == sqlite3.SQLITE_FUNCTION and function in _FUNCTIONS
        return sqlite3.SQLITE_OK if call or action == sqlite3.SQLITE_SELECT else sqlite3.SQLITE_DENY

    connection.set_authorizer(allowed)
    return connection


class _Expression:
    """A filter in SQL: its text, the parameters that are the same for all runs, and those that a run gives values.

    Three parameters stand for field 0: `t0` is its text; `n0` its number if it holds one, and `w0` its text if not.
    """

    def __init__(self, known: Mapping[str, type]) -> None:
        self.constants: Parameters = {}
        self._known = known
        self._fields: dict[str, int] = {}

    def translate(self, text: str) -> str:
        """Return the filter as an SQL expression.

        Raises:
            FilterError: the filter is invalid.
        """
        if len(text) > _LONGEST:
            raise FilterError(f"the filter is too long: {len(text)} characters, and at most {_LONGEST} are possible")
        part_at = re.compile(_PART).match
        pieces: list[str] = []
        at, opened, complete = 0, 0, False  # opened: parentheses; complete: the filter could end here
        while at < len(text):
            part = part_at(text, at)
            join = (part["join"] or "").upper() if part else ""
            place = f"{_shown(text[at:])} (character {at + 1})"
            if complete and join not in ("AND", "OR", ")"):
                raise FilterError(f"'and' or 'or' is missing before {place}")
            if part is None:
                raise FilterError(f"cannot read {place}; {_HINT}")
            if not complete and join in ("AND", "OR", ")"):
                raise FilterError(f"a test is missing before {place}")
            opened += (join == "(") - (join == ")")
            if opened < 0:
                raise FilterError(f"'(' is missing for {place}")
            complete = join in ("", ")")
            pieces.append(join or self._test(part))
            at = part.end()
        if opened or not complete:
            raise FilterError(f"""{"')'" if complete else "a test"} is missing at the end""")
        return " ".join(pieces)

    def values(self, run: Mapping[str, object]) -> Parameters:
        """Return the SQL parameters for the fields of a run."""
        values: Parameters = {}
        for field, number in self._fields.items():
            value = run.get(field)
            amount = _number(value)
            text = None if value is None else _sql_text(str(value).lower() if isinstance(value, bool) else str(value))
            values[f"t{number}"] = text
            values[f"n{number}"] = amount  # of NaN SQLite makes NULL
            values[f"w{number}"] = text if amount is None else None
        return values

    def _test(self, part: re.Match[str]) -> str:
        """One test of one field."""
        field = full_name(_unquoted(part["field"]), self._known)
        number = self._fields.setdefault(field, len(self._fields))
        negation = "NOT " if part["negation"] or part["is_not"] else ""
        if part["null"]:
            return f":t{number} IS {negation}NULL"
        if part["pattern"]:  # GLOB, as LIKE takes a for A
            pattern = _unquoted(part["pattern"]).translate(_AS_GLOB)
            return f":t{number} {negation}GLOB {self._constant(_sql_text(pattern))}"
        if part["members"]:
            members = re.finditer(_PARTS_OF_VALUE, part["members"])
            return f"{negation}({' OR '.join(self._comparison(field, '=', member) for member in members)})"
        if not part["operator"]:
            rest = part.string[part.end() :]
            wrong = f"cannot read {_shown(rest)} (character {part.end() + 1}) after" if rest else "nothing follows"
            raise FilterError(f"{wrong} the field {_shown(field)}; {_HINT}")
        (value,) = re.finditer(_PARTS_OF_VALUE, part["value"])
        return self._comparison(field, part["operator"], value)

    def _comparison(self, field: str, operator: str, value: re.Match[str]) -> str:
        """The field against a value: as numbers if both are numbers, else as text."""
        number = self._fields[field]
        if value["number"]:
            amount = self._constant(quantities.amount(value["number"], value["unit"]))
            return f"coalesce(:n{number} {operator} {amount}, :w{number} {operator} {self._constant(value['number'])})"
        if value["word"] in self._known:
            raise FilterError(
                f"{_shown(field)} is compared with values, not with the field {value[0]}; text goes into quotes"
            )
        if self._known.get(field) is float:
            raise FilterError(f"{field} is a number and cannot be compared with {_shown(_unquoted(value[0]))}")
        text = _unquoted(value[0])
        text = text.replace(" ", "T", 1) if field.endswith("_time") else text
        return f":t{number} {operator} {self._constant(_sql_text(text))}"

    def _constant(self, value: str | float) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return f":{name}"


def _unquoted(text: str) -> str:
    return text[1:-1].replace(text[0] * 2, text[0]) if text[0] in "'\"" else text


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def _number(value: object) -> float | None:
    try:
        return float(str(value)) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


def _sql_text(text: str) -> str:
    """The text with another character, of a private plane, for each that SQLite cannot hold."""
    return (
        text if text.isascii() and "\0" not in text else re.sub(_NOT_IN_SQL, lambda c: chr(0x100000 + ord(c[0])), text)
    )
