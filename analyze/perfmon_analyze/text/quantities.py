"""Amounts as people type them, in base units: `10 GiB`, `90 min`, `80 %`, and limits such as `+10%`.

This is the analyzer's one parser of amounts. The units of time are those of `perfmon.cli.durations`, which reads
lengths of time only, and does so without `re`: the command of `perfmon run` waits for it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from perfmon.cli.durations import SECONDS

# GB are 2^30 bytes, as everywhere in perfmon.
_POWERS = {letter: 2.0 ** (10 * power) for power, letter in enumerate("kmgtp", 1)}
_SIZES = {"b": 1.0, **{f"{letter}{end}": size for letter, size in _POWERS.items() for end in ("ib", "b")}}
# Units that say by themselves what is meant, in whatever case they are written.
UNITS = {"%": 0.01, **_SIZES, **SECONDS}

# By the base unit of what is limited; "" stands for a number without a unit.
_UNITS_OF: dict[str, dict[str, float]] = {
    "B": {**_SIZES, **_POWERS},
    "s": {"": 1.0, **SECONDS},
    "J": {"J": 1.0, "kJ": 1e3, "MJ": 1e6, "Wh": 3600.0, "kWh": 3.6e6},  # as written: mJ would be something else
    "1": {"": 1.0, "%": 0.01},
    "1/s": {"": 1.0},
}
_EXAMPLES = {"B": "40GiB or 512M", "s": "90s or 2h", "J": "500kJ or 2kWh", "1": "5%", "1/s": "12.5"}
_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<number>\d++(?:\.\d++)?+|\.\d++)\s*+(?P<unit>[A-Za-z%]*+)")


class Amount(NamedTuple):
    """A number in a base unit; if `relative`, a share that is added to what the baseline has."""

    value: float
    relative: bool = False


def amount(number: str, unit: str | None = None) -> float:
    """A number of one of `UNITS`, in whatever case it is written, in bytes, in seconds or as a ratio."""
    return float(number) * (UNITS[unit.lower()] if unit else 1.0)


def span(text: str) -> float:
    """Seconds in a length of time that has its unit, such as `30d` or `12 h`.

    Raises:
        ValueError: it is not one.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if not found or found["sign"] or found["unit"].lower() not in SECONDS:
        raise ValueError(f"{text!r} is not a length of time; write 12h, 30d or 8w")
    return amount(found["number"], found["unit"])


def parse_limit(text: str, base: str) -> Amount:
    """A limit on what has this base unit: a number, or `+10%` or `-10%` of the baseline's.

    Raises:
        ValueError: it is none.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found:
        sign, number, unit = found["sign"], found["number"], found["unit"]
        units = _UNITS_OF[base]
        factor = units.get(unit, None if base == "J" else units.get(unit.lower()))
        if sign and unit == "%":
            return Amount(float(sign + number) / 100, relative=True)
        if not sign and factor is not None and not (base == "1" and not unit and float(number) > 1):
            return Amount(float(number) * factor)
        if not sign and not unit:  # a limit of 5 that was meant as 5 % would let everything pass
            raise ValueError(f"{text!r} has no unit, as {_EXAMPLES[base]} has")
    raise ValueError(f"{text!r} is not a limit; write {_EXAMPLES[base]}, or +10% of a baseline's")
