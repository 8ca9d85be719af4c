"""Units for people: which fits the sizes and lengths of time of a figure."""

from __future__ import annotations

GIB = 2.0**30  # what `nvidia-smi` and `free -h` call a gigabyte, and so do the figures


MIB = 2.0**20


_HOURS_FROM, _MINUTES_FROM = 1800.0, 120.0  # spans from which an axis in hours, in minutes, is readable


def time_unit(span_seconds: float) -> tuple[float, str]:
    """Seconds in the unit in which a span of time is readable, and its name."""
    if span_seconds >= _HOURS_FROM:
        return 3600.0, "hours"
    return (60.0, "minutes") if span_seconds >= _MINUTES_FROM else (1.0, "seconds")


def size_unit(largest_bytes: float) -> tuple[float, str]:
    """Bytes in a GB, or in an MB where nothing reaches a hundredth of a GB, and the unit's name."""
    return (GIB, "GB") if not 0 < largest_bytes < GIB / 100 else (MIB, "MB")
