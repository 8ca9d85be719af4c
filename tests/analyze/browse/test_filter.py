"""Filters of runs."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon_analyze.browse.filter import FilterError, connect, full_name, parse

if TYPE_CHECKING:
    from typing import Any

KINDS: dict[str, type] = {
    "stage": str,
    "model": str,
    "peak_rss_bytes": float,
    "duration_seconds": float,
    "gpu_busy_ratio": float,
    "begin_time": str,
}
RUN: dict[str, Any] = {
    "stage": "training",
    "model": None,
    "peak_rss_bytes": 11 * 2**30,
    "duration_seconds": 100.0,
    "gpu_busy_ratio": 0.25,
    "begin_time": "2026-11-22T18:43:00.100000Z",
    "tags.seed": "3",
    "tags.note": "it's",
    "config.lr": 1e-3,
    "config.fast": True,
}


def holds(text: str) -> bool:
    """Whether the filter holds for the run above."""
    return parse(text, KINDS)(RUN)


@pytest.mark.parametrize(
    "text",
    [
        "stage = 'training' and peak_rss > 10 GiB",
        'stage="training"',
        "stage = training AND peak_rss_bytes>10gb",
        "peak_rss = 11811160064",
        "duration < 2min",
        "duration <= 100s and duration>=1e2",
        "duration <> 99",
        "gpu_busy < 30 % and not gpu_busy < 20%",
        "begin > '2026-11-22 18:00' and begin < 2026-11-23",
        "stage in (inference, 'training')",
        "stage not in (inference) and stage != inference",
        "stage like 'tr%i_g'",
        "stage not like 'tr'",
        "model is null and stage is not null",
        "not (model is not null or duration < 1)",
        "duration < 1 or stage = x or stage = training",
        "stage = training or stage = x and stage = y",
        "tags.seed = 3 and tags.seed in (1, 3.0)",
        "tags.note = 'it''s'",
        "config.lr < 2e-3 and config.fast = true",
        "tags.other is null",
    ],
)
def test_holds(text: str) -> None:
    """In the sense of SQL, with units, and with text that may do without quotes."""
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "stage = 'Training'",
        "duration > 100",
        "model = x",
        "not model = x",
        "model != x",
        "model like '%'",
        "model in (x) or duration > 2 min",
        "(stage = training or stage = x) and stage = y",
        "stage like 'tr.*'",
        "tags.seed > 3",
    ],
)
def test_does_not_hold(text: str) -> None:
    """What is not known is neither equal nor unequal to anything."""
    assert not holds(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a test is missing at the end"),
        ("stage", "nothing follows the field 'stage'; a test is FIELD = VALUE (or ==, !=, <>, <, <=, >, >=), "),
        ("stage =", "cannot read '=' (character 7) after the field 'stage'; a test is "),
        ("stage = and", "cannot read '= and' (character 7) after the field 'stage'; a test is "),
        ("stage = model", "'stage' is compared with values, not with the field model; text goes into quotes"),
        ("stage = a model = b", "'and' or 'or' is missing before 'model = b' (character 11)"),
        ("(stage = a", "')' is missing at the end"),
        ("stage = a)", "'(' is missing for ')' (character 10)"),
        ("stage = a or or", "a test is missing before 'or' (character 14)"),
        ("stage = a and not", "a test is missing at the end"),
        ("stage in a", "cannot read 'in a' (character 7) after the field 'stage'; a test is "),
        ("stage not = a", "cannot read 'not = a' (character 7) after the field 'stage'; a test is "),
        ("duration = soon", "duration_seconds is a number and cannot be compared with 'soon'"),
        ("durat > 1", "there is no field 'durat' (did you mean duration?); it must be one of stage, model,"),
        ("gpu_buzy > 1", "there is no field 'gpu_buzy' (did you mean gpu_busy?); it must be one of stage, model,"),
        ("duration > 1 parsec", "'and' or 'or' is missing before 'parsec' (character 14)"),
        ("__import__('os')", "there is no field '__import__'; it must be one of"),
        ("stage = a; drop table x", "'and' or 'or' is missing before '; drop table x' (character 10)"),
        ("stage = 'a", 'cannot read "= \'a" (character 7)'),
        ("; x", "cannot read '; x' (character 1); a test is"),
        ('"tags.\x1b" = a b', "'and' or 'or' is missing before 'b' (character 14)"),
        ('"tags.\x1b" b', r"cannot read 'b' (character 10) after the field 'tags.\x1b'"),
        ("(" * 5000 + "stage = a" + ")" * 5000, "the filter is too long or nested too deeply"),
        (" or ".join(["stage = a"] * 600), "the filter is too long or nested too deeply"),
        ("stage like '" + "a" * 1001 + "'", "the filter is too long or nested too deeply"),
        ("config" + "." * 50_000, "the filter is too long: 50006 characters, and at most 20000 are possible"),
    ],
)
def test_an_error_says_where(text: str, message: str) -> None:
    """One line that can be printed as it is says where it goes wrong, and what would be possible."""
    with pytest.raises(FilterError) as refused:
        parse(text, KINDS)

    assert message in str(refused.value)
    assert str(refused.value).isprintable()


WORDS = st.sampled_from(
    ["stage", "duration", "tags.x", "=", "<", "in", "(", ")", ",", "not", "and", "or", "like", "is", "null", "1", "'a'"]
)


@given(st.lists(WORDS, max_size=250).map(" ".join) | st.text())
def test_any_text(text: str) -> None:
    """It is a filter or it is not: nothing else ever happens."""
    try:
        test = parse(text, KINDS)
    except FilterError:
        return

    assert test(RUN) in (True, False)


Verdict = bool | None
SOME = st.sampled_from([None, "3", "3.0", "30", "a", "A", "b%", "é", "\0", "\udcff", True, 3, -1, 0.5, [1]])
UNKNOWN: Verdict = None


def either(one: Verdict, other: Verdict) -> Verdict:
    """One or the other, where None is not known."""
    return True if one or other else UNKNOWN if None in (one, other) else False


def inverse(one: Verdict) -> Verdict:
    """What is not known stays so."""
    return None if one is None else not one


# Filters whose tests are told apart by what a run holds, each with the verdict that it must have.
Case = tuple[str, Verdict]
TESTS: st.SearchStrategy[Case] = st.sampled_from(
    [("tags.yes = 1", True), ("tags.yes != 1", False), ("tags.no = 1", None), ("tags.no is null", True)]
)
FILTERS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        inner.map(lambda one: (f"not {one[0]}", inverse(one[1]))),
        st.tuples(inner, inner).map(lambda two: (f"(({two[0][0]}) or {two[1][0]})", either(two[0][1], two[1][1]))),
        st.tuples(inner, inner).map(
            lambda two: (
                f"(({two[0][0]}) and ({two[1][0]}))",
                inverse(either(inverse(two[0][1]), inverse(two[1][1]))),
            )
        ),
    ),
    max_leaves=6,
)


@given(FILTERS)
def test_logic(case: Case) -> None:
    """Three-valued, as SQL's: neither a filter nor its opposite holds where it is not known."""
    text, verdict = case
    run = {"tags.yes": 1}

    assert parse(text, KINDS)(run) is (verdict is True)
    assert parse(f"not ({text})", KINDS)(run) is (verdict is False)


@given(SOME, SOME.filter(lambda value: isinstance(value, str)), st.sampled_from(["=", "<", ">="]))
def test_text(own: object, value: str, operator: str) -> None:
    """A value in quotes is text: it is compared sign by sign, whatever a run holds."""
    compare = {"=": str.__eq__, "<": str.__lt__, ">=": str.__ge__}[operator]
    text = str(own).lower() if isinstance(own, bool) else str(own)
    if "\0" not in text + value:  # which comes after all others: nobody can type it
        assert parse(f"config.x {operator} '{value}'", KINDS)({"config.x": own}) is (
            own is not None and compare(text, value)
        )


@pytest.mark.parametrize(
    ("own", "text", "expected"),
    [
        ("2.50", "config.x = 2.5", True),
        ("2.50", "config.x = '2.5'", False),
        ("b", "config.x > 3", True),
        ("2026-11-22", "config.x < 2027", True),
        (2**80, "config.x > 1e24", True),
        (float("nan"), "config.x != 3", False),
        (float("nan"), "not config.x = 3", False),
        ("a\0b", "config.x like 'a'", False),
        ("a\udcffb", "config.x like 'a_b'", True),
        ("a[*?]b", "config.x like 'a[*?]_'", True),
        ("axb", "config.x like 'a[x]b' or config.x like 'a?b' or config.x like 'a*'", False),
        ("Ab", "config.x like 'a%'", False),
        ("10.5", "config.x in ('a', 10.5)", True),
    ],
)
def test_what_users_put_into_a_run(own: object, text: str, expected: bool) -> None:
    """It may be anything: as a number where both are numbers, as text elsewhere."""
    assert parse(text, KINDS)({"config.x": own}) is expected


def test_a_field_in_quotes() -> None:
    """A name may hold anything."""
    assert parse('"tags.my key" = 1', KINDS)({"tags.my key": "1"})
    assert parse("'tags.it''s' = 1", KINDS)({"tags.it's": "1"})


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50 + "stage = a" + ")" * 50,
        "not " * 50 + "stage = a",
        "(stage = b or stage = a and not " * 12 + "(stage = a)" + ")" * 12,
        f"stage in ({', '.join(f'run-{number}' for number in range(400))}, a)",
        " or ".join(["stage = b"] * 400 + ["stage = a"]),
    ],
)
def test_depth(text: str) -> None:
    """Deeper and longer than anybody types."""
    assert parse(text, KINDS)({"stage": "a"})


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"stage like '{'%a' * 26}%b'", "a" * 100_000),
        ("1" * 19_000 + "x", ""),
        ("'" * 19_999, ""),
        ("stage in (" + "'a' " * 4000, ""),
        ("stage = " + "1" * 19_000 + "x", ""),
        (f"stage{' ' * 19_000}x", ""),
        (f"config{'.' * 19_000} = 1", ""),
    ],
)
def test_time_is_linear(text: str, own: str) -> None:
    """No text keeps anybody waiting: backtracking would take minutes, or years."""
    begun = time.process_time()
    with contextlib.suppress(FilterError):
        parse(text, KINDS)({"stage": own})

    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM sqlite_master",
        "CREATE TABLE x (y)",
        "ATTACH '/tmp/x.db' AS other",
        "PRAGMA database_list",
        "SELECT load_extension('x')",
        "SELECT randomblob(1000000000)",
        "SELECT hex('a')",
        "WITH RECURSIVE x(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM x) SELECT max(n) FROM x",
        "VACUUM INTO '/tmp/x.db'",
    ],
)
def test_nothing_else_is_allowed(statement: str) -> None:
    """The database compares values, and can do nothing more."""
    with (
        closing(connect()) as connection,
        pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited|authorization denied"),
    ):
        connection.execute(statement)


def test_a_python_without_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says so."""
    monkeypatch.setitem(sys.modules, "sqlite3", None)

    with pytest.raises(FilterError, match=r"^filters need Python's module sqlite3, and this Python was built without"):
        parse("stage = a", KINDS)


def test_names() -> None:
    """A name can do without its unit."""
    assert full_name("peak_rss", KINDS) == full_name("peak_rss_bytes", KINDS) == "peak_rss_bytes"
