"""A simulated GPU, described by a few lines of text, played back in place of a GPU.

    [at S] [until S] [every S for S] gpu N|* KEY VALUE

S are seconds since the run's start. If two lines set one value at the same time, the later one counts; processes add
up. A value without a line is null.
"""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon.store.journal import Row

_SAMPLES_PER_SECOND = 6  # as NVIDIA's driver takes them
# The columns of plain levels, with what one unit of the text is in base units.
_LEVELS = {
    "total": ("vram_total_bytes", 1),
    "used": ("vram_used_bytes", 1),
    "power": ("power_watts", 1.0),
    "temperature": ("temperature_celsius", 1.0),
    "memory_temperature": ("memory_temperature_celsius", 1.0),
    "sm_clock": ("sm_clock_hertz", 1e6),
    "memory_clock": ("memory_clock_hertz", 1e6),
    "memory_busy": ("memory_busy_ratio", 0.01),
}
_KEYS = {*_LEVELS, "busy", "name", "uuid", "process"}
_TIMES = ("at", "until", "every", "for")


class Statement(NamedTuple):
    """One line: its GPU (None for all), key, value and times in seconds."""

    gpu: int | None
    key: str
    value: str
    times: dict[str, float]

    def holds(self, t: float) -> bool:
        """Whether the statement applies at this time."""
        begin, period = self.times.get("at", 0.0), self.times.get("every")
        if not begin <= t < self.times.get("until", math.inf):
            return False
        return period is None or (t - begin) % period < self.times.get("for", 0.0)


class SimulatedGpu:
    """One GPU of a scenario; call `at` with rising times."""

    def __init__(self, index: int, statements: list[Statement]) -> None:
        self._index = index
        self._statements = [one for one in statements if one.gpu in (index, None)]
        self._joules = 0.0
        self._samples = 0

    def at(self, seconds: float) -> Row:
        """Return the row at this time; statistics of `busy` are over the samples since the last call."""
        count = int(seconds * _SAMPLES_PER_SECOND)
        times = [number / _SAMPLES_PER_SECOND for number in range(self._samples, count)]
        self._samples = count
        self._joules += sum((self._number("power", t) or 0.0) for t in times) / _SAMPLES_PER_SECOND
        row: Row = {"uuid": self._text("uuid", seconds) or f"GPU-scenario-{self._index}", "index": self._index}
        row["name"] = self._text("name", seconds) or "scenario"
        for key, (column, unit) in _LEVELS.items():
            value = self._number(key, seconds)
            row[column] = None if value is None else type(unit)(value * unit)
        row["energy_joules"] = None if row["power_watts"] is None else round(self._joules, 3)
        return row | self._busy(times, seconds) | self._processes(seconds)

    def _busy(self, times: list[float], now: float) -> Row:
        busy = [value / 100 for t in times or [now] if (value := self._number("busy", t)) is not None]
        if not busy or not times:
            return {"busy_ratio": busy[0] if busy else None, "busy_samples": 0 if busy else None}
        return {
            "busy_ratio": round(fmean(busy), 4),
            "busy_max_ratio": max(busy),
            "busy_zero_ratio": round(busy.count(0.0) / len(busy), 4),
            "busy_samples": len(busy),
        }

    def _processes(self, t: float) -> Row:
        statements = [one for one in self._statements if one.key == "process"]
        if not statements:
            return {}
        processes = [one.value.split() for one in statements if one.holds(t)]
        mine = [int(float(words[1])) for words in processes if words[0] == "$job"]
        return {"processes": len(processes), "job_processes": len(mine), "vram_job_bytes": sum(mine)}

    def _text(self, key: str, t: float) -> str | None:
        values = [one.value for one in self._statements if one.key == key and one.holds(t)]
        return values[-1] if values else None

    def _number(self, key: str, t: float) -> float | None:
        text = self._text(key, t)
        return None if text is None else float(text)


def read(text: str) -> list[SimulatedGpu]:
    """Parse a scenario into its GPUs.

    Raises:
        ValueError: a line is invalid; the message has its number.
    """
    statements = list(_statements(text))
    numbers = {one.gpu for one in statements if one.gpu is not None} or {0}
    return [SimulatedGpu(index, statements) for index in sorted(numbers)]


def _statements(text: str) -> Iterator[Statement]:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            yield _statement(words)
        except (ValueError, IndexError) as error:
            raise ValueError(f"line {number} of the scenario: {error}: {line.strip()}") from None


def _statement(words: list[str]) -> Statement:
    times: dict[str, float] = {}
    while words[0] in _TIMES:
        times[words[0]] = float(words[1])
        words = words[2:]
    kind, which, key, *rest = words
    if kind != "gpu" or key not in _KEYS:
        raise ValueError(f"it must say gpu N KEY VALUE, with a KEY of {', '.join(sorted(_KEYS))}")
    if key not in ("name", "uuid"):
        float(rest[1 if key == "process" else 0])
    return Statement(None if which == "*" else int(which), key, " ".join(rest), times)
