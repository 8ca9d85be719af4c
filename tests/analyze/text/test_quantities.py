"""Limits as people type them."""

from __future__ import annotations

import pytest

from perfmon_analyze.check.amounts import Amount, parse


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("40GiB", "B", Amount(40 * 2.0**30)),
        ("40 GB", "B", Amount(40 * 2.0**30)),
        ("1.5T", "B", Amount(1.5 * 2.0**40)),
        ("512B", "B", Amount(512.0)),
        ("2h", "s", Amount(7200.0)),
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
    assert expected == parse(text, unit)


@pytest.mark.parametrize(
    ("text", "unit"), [("", "B"), ("5%", "B"), ("+5GiB", "B"), ("-3", "s"), ("2h", "B"), ("ten", "1")]
)
def test_no_amounts(text: str, unit: str) -> None:
    """What is no amount of this unit is answered with one that is."""
    with pytest.raises(ValueError, match=r"is not a limit; write .*, or \+10% of a baseline's"):
        parse(text, unit)


@pytest.mark.parametrize(("text", "unit", "example"), [("40", "B", "40GiB"), ("5", "1", "5%"), ("2", "J", "500kJ")])
def test_no_unit(text: str, unit: str, example: str) -> None:
    """A number that may have been meant in several units is not guessed at: 5 is neither 500 % nor 5 %."""
    with pytest.raises(ValueError, match=f"'{text}' has no unit, as {example}"):
        parse(text, unit)
