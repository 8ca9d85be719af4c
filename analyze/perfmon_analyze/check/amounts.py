"""Amounts as people type them into a limit: `40GiB`, `2h`, `5%`, `+10%`."""

from __future__ import annotations

import re
from typing import NamedTuple

_SIZES = {"B": 1.0} | {
    unit + ending: 2.0 ** (10 * power)
    for power, unit in enumerate(("K", "M", "G", "T"), start=1)
    for ending in ("", "B", "iB")  # 2^30 all of them, as everywhere in perfmon
}
UNITS = {
    "B": _SIZES,
    "s": {"": 1.0, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0},
    "J": {"J": 1.0, "kJ": 1e3, "MJ": 1e6, "Wh": 3600.0, "kWh": 3.6e6},
    "1": {"": 1.0, "%": 0.01},
    "1/s": {"": 1.0},
}
_EXAMPLES = {"B": "40GiB or 512M", "s": "90s or 2h", "J": "500kJ or 2kWh", "1": "5%", "1/s": "12.5"}
_AMOUNT = re.compile(r"([+-]?)(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z%]*)")


class Amount(NamedTuple):
    """A number in a base unit; if `relative`, a share that is added to what the baseline has."""

    value: float
    relative: bool = False


def parse(text: str, unit: str) -> Amount:
    """An amount of this unit: a number, or `+10%` or `-10%` of the baseline's.

    Raises:
        ValueError: it is none.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found:
        sign, number, suffix = found.groups()
        if sign and suffix == "%":
            return Amount(float(sign + number) / 100, relative=True)
        if not sign and suffix in UNITS[unit] and not (unit == "1" and not suffix and float(number) > 1):
            return Amount(float(number) * UNITS[unit][suffix])
        if not sign and not suffix:  # a limit of 5 that was meant as 5 % would let everything pass
            raise ValueError(f"{text!r} has no unit, as {_EXAMPLES[unit]} has")
    raise ValueError(f"{text!r} is not a limit; write {_EXAMPLES[unit]}, or +10% of a baseline's")
