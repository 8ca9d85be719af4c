"""The language in which runs are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon_analyze.browse.filter import NoCondition, full_name, parse

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
KNOWN: dict[str, Any] = {
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
    """Whether the condition holds for the run above."""
    return parse(text, KINDS)(KNOWN)


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
        ("", "a field is missing at the end"),
        ("stage", "after stage must come one of =, ==, !=, <>, <, <=, >, >=, in, like, is at the end"),
        ("stage =", "a value is missing at the end"),
        ("stage = and", "stage must be compared with a value, not with and; put text into quotes"),
        ("stage = model", "stage must be compared with a value, not with model; put text into quotes"),
        ("stage = a model = b", "'and' or 'or' is missing before 'model'"),
        ("(stage = a", "')' is missing at the end"),
        ("stage in a", "'(' is missing before 'a'"),
        ("duration = soon", "duration_seconds is a number, and cannot be compared with 'soon'"),
        ("durat > 1", "there is no field 'durat'; it must be one of stage, model,"),
        ("duration > 1 parsec", "'and' or 'or' is missing before 'parsec'"),
        ("__import__('os')", "there is no field '__import__'"),
        ("stage = a; drop table x", "cannot read '; drop table x'"),
        ("stage = 'a", 'cannot read "\'a"'),
        ("(" * 10_000, "cannot read '(((((((((((((((((((('"),
    ],
)
def test_no_condition(text: str, message: str) -> None:
    """One line says where it goes wrong."""
    with pytest.raises(NoCondition) as refused:
        parse(text, KINDS)

    assert message in str(refused.value)


WORDS = st.sampled_from(
    ["stage", "duration", "tags.x", "=", "<", "in", "(", ")", ",", "not", "and", "or", "like", "is", "null", "1", "'a'"]
)


@given(st.lists(WORDS, max_size=250).map(" ".join) | st.text())
def test_any_text(text: str) -> None:
    """It is a condition or it is not: nothing else ever happens."""
    try:
        test = parse(text, KINDS)
    except NoCondition:
        return

    assert test(KNOWN) in (True, False)


@pytest.mark.parametrize("text", ["(" * 98 + "stage = a" + ")" * 98, "not " * 197 + "stage = a"])
def test_depth(text: str) -> None:
    """As deep as a condition can be."""
    assert parse(text, KINDS)({"stage": "a"}) is (not text.startswith("not"))


def test_names() -> None:
    """A name can do without its unit."""
    assert full_name("peak_rss", KINDS) == full_name("peak_rss_bytes", KINDS) == "peak_rss_bytes"
