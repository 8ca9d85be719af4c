"""Units for people: those that fit the durations and sizes of a figure."""

from __future__ import annotations

GIB = 2.0**30  # what `nvidia-smi` and `free -h` call a gigabyte, and so do the figures


MIB = 2.0**20


_HOURS_FROM, _MINUTES_FROM = 1800.0, 120.0  # spans from which an axis in hours, in minutes, is readable


def time_unit(span_seconds: float) -> tuple[float, str]:
    """The unit of time for an axis of this length: its length in seconds, and its name."""
    if span_seconds >= _HOURS_FROM:
        return 3600.0, "hours"
    return (60.0, "minutes") if span_seconds >= _MINUTES_FROM else (1.0, "seconds")


def size_unit(largest_bytes: float) -> tuple[float, str]:
    """The unit of size for values up to this: its bytes, and its name; MB below a hundredth of a GB, else GB."""
    return (GIB, "GB") if not 0 < largest_bytes < GIB / 100 else (MIB, "MB")
