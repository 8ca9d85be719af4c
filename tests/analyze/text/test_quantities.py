"""Amounts as people type them: limits, and lengths of time."""

from __future__ import annotations

import pytest

from perfmon.cli import durations
from perfmon_analyze.text.quantities import Amount, parse_limit, span


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("40GiB", "B", Amount(40 * 2.0**30)),
        ("40 GB", "B", Amount(40 * 2.0**30)),
        ("1.5T", "B", Amount(1.5 * 2.0**40)),
        ("512B", "B", Amount(512.0)),
        ("512mb", "B", Amount(512 * 2.0**20)),
        ("2h", "s", Amount(7200.0)),
        ("90 min", "s", Amount(5400.0)),
        ("1W", "s", Amount(604_800.0)),
        ("250ms", "s", Amount(0.25)),
        ("2kWh", "J", Amount(7.2e6)),
        ("5%", "1", Amount(0.05)),
        ("0.05", "1", Amount(0.05)),
        ("12.5", "1/s", Amount(12.5)),
        ("+10%", "B", Amount(0.1, relative=True)),
        ("-5%", "1/s", Amount(-0.05, relative=True)),
    ],
)
def test_amounts(text: str, unit: str, expected: Amount) -> None:
    """A number in the base unit, or a share of the baseline's."""
    assert expected == parse_limit(text, unit)


@pytest.mark.parametrize(
    ("text", "unit"), [("", "B"), ("5%", "B"), ("+5GiB", "B"), ("-3", "s"), ("2h", "B"), ("2mj", "J"), ("ten", "1")]
)
def test_no_amounts(text: str, unit: str) -> None:
    """What is no amount of this unit is answered with one that is."""
    with pytest.raises(ValueError, match=r"is not a limit; write .*, or \+10% of a baseline's"):
        parse_limit(text, unit)


@pytest.mark.parametrize(("text", "unit", "example"), [("40", "B", "40GiB"), ("5", "1", "5%"), ("2", "J", "500kJ")])
def test_no_unit(text: str, unit: str, example: str) -> None:
    """A number that may have been meant in several units is not guessed at: 5 is neither 500 % nor 5 %."""
    with pytest.raises(ValueError, match=f"'{text}' has no unit, as {example}"):
        parse_limit(text, unit)


@pytest.mark.parametrize(("text", "seconds"), [("30d", 2_592_000), ("12 h", 43_200), ("1.5min", 90), ("250MS", 0.25)])
def test_spans(text: str, seconds: float) -> None:
    """A length of time with its unit, whichever case that is written in."""
    assert span(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "30", "3x", "-2h", "2GiB", "h"])
def test_no_spans(text: str) -> None:
    """What is none is answered with some."""
    with pytest.raises(ValueError, match="is not a length of time; write 12h, 30d or 8w"):
        span(text)


@pytest.mark.parametrize("unit", durations.SECONDS)
def test_units_of_time_are_the_same_everywhere(unit: str) -> None:
    """An interval, a limit and an age of runs take the same units."""
    text = f"2{unit}"

    assert durations.parse_interval(text) == span(text) == parse_limit(text, "s").value
