"""Lengths of time as people type them: `250ms`, `0.1`, `2s`, `1m`, `1h`, `2d`."""

from __future__ import annotations

# Units of time in seconds. `ms` stands before `s`, in which it ends, too.
SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
SHORTEST = 0.001
LONGEST = 365 * 24 * 3600.0  # nobody waits longer, and the kernel's calls that wait do not take any number


def parse_interval(text: str) -> float:
    """Seconds in a length of time; a bare number is in seconds.

    Raises:
        ValueError: it is not a length of time, shorter than 1 ms, or longer than a year.
    """
    number, scale = text.strip(), 1.0
    for suffix, seconds in SECONDS.items():
        if number.endswith(suffix):
            number, scale = number.removesuffix(suffix), seconds
            break
    try:
        interval = float(number) * scale
    except ValueError:
        raise ValueError(f"{text!r} is not a length of time; write 250ms, 0.5, 2s or 1m") from None
    return check_interval(interval, text)


def check_interval(interval: float, text: object = None) -> float:
    """The length of time itself, if it can be waited for.

    Raises:
        ValueError: it is shorter than 1 ms, longer than a year, or not a number.
    """
    if not SHORTEST <= interval <= LONGEST:
        raise ValueError(f"a length of time must be from 1ms to 8760h, not {text if text is not None else interval}")
    return interval


def interval(text: str) -> float:
    """`parse_interval` for argparse, which shows the sentence of this error and of no other.

    Raises:
        ArgumentTypeError: as `parse_interval` raises ValueError.
    """
    from argparse import ArgumentTypeError  # noqa: PLC0415 - argparse is loaded already where this is called

    try:
        return parse_interval(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
