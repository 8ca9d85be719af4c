"""Lengths of time as people type them."""

from __future__ import annotations

import pytest

from perfmon.cli.durations import parse_interval


@pytest.mark.parametrize(
    ("text", "seconds"), [("250ms", 0.25), ("0.1", 0.1), ("2s", 2.0), ("1m", 60.0), ("1h", 3600.0), (" 5 s", 5.0)]
)
def test_units(text: str, seconds: float) -> None:
    """Every unit is read, and a bare number is in seconds."""
    assert parse_interval(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "fast", "1y", "s", "1 2", "0x10"])
def test_not_a_length(text: str) -> None:
    """What is no length of time is refused with an example of one."""
    with pytest.raises(ValueError, match="write 250ms"):
        parse_interval(text)


@pytest.mark.parametrize("text", ["-1", "0", "0.1ms", "inf", "nan", "1e300", "1e9h", "8761h"])
def test_out_of_range(text: str) -> None:
    """A length of time that nobody can wait for is refused, and the text is shown."""
    with pytest.raises(ValueError, match=f"from 1ms to 8760h, not {text}"):
        parse_interval(text)
