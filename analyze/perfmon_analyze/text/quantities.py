"""Amounts as people type them, in base units: `10 GiB`, `90 min`, `80 %`."""

from __future__ import annotations

import re

# GB are 2^30 bytes, as everywhere in perfmon.
_SIZES = {f"{letter}{end}": 2.0 ** (10 * power) for power, letter in enumerate("kmgtp", 1) for end in ("ib", "b")}
_SPANS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
UNITS = {"b": 1.0, "%": 0.01, **_SIZES, **_SPANS}

_SPAN = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(_SPANS)})", re.IGNORECASE)


def amount(number: str, unit: str | None = None) -> float:
    """A number of some unit, in whatever case it is written, in bytes, in seconds or as a ratio."""
    return float(number) * (UNITS[unit.lower()] if unit else 1.0)


def span(text: str) -> float:
    """Seconds in a length of time that has its unit, such as `30d` or `12 h`.

    Raises:
        ValueError: it is not one.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a length of time; write 12h, 30d or 8w")
    return amount(*match.groups())
