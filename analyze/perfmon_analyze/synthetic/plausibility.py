"""Rules that measured GPU logs keep and careless generators break."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_MIB = 1 << 20
_BLOCK = 2 * _MIB
# Device memory as drivers tell it for cards that are sold with 24, 40, 48 and 80 GB.
_SOLD_MIB = (24_564, 24_576, 40_536, 40_960, 46_068, 49_140, 81_559, 81_920)


class GpuTrace(NamedTuple):
    """One GPU's rows of one run, read about once a second, and the rows of its watched folder if there are any."""

    gpu: pd.DataFrame
    folder: pd.DataFrame | None = None

    @property
    def working(self) -> pd.DataFrame:
        """The GPU's rows without start-up and end: the first and the last twentieth."""
        edge = len(self.gpu) // 20 + 1
        return self.gpu.iloc[edge:-edge]


class PlausibilityRule(NamedTuple):
    """A rule in words, and the function that tells whether a trace keeps it."""

    text: str
    holds: Callable[[GpuTrace], bool]


def violated_rules(gpu: pd.DataFrame, folder: pd.DataFrame | None = None) -> list[str]:
    """The rules that a trace breaks, in words; empty if it could have been measured.

    `gpu` holds rows of the gpu table of one GPU in one run, a second apart or less, over some minutes at least, from
    its start to its end; `folder` those of one watched folder.

    Raises:
        ValueError: there are too few rows to judge.
    """
    if len(gpu) < 100:
        raise ValueError(f"{len(gpu)} rows are too few to judge a trace by; 100 are needed")
    trace = GpuTrace(gpu.sort_values("t"), folder)
    return [rule.text for rule in RULES if not rule.holds(trace)]


def _whole_percent(trace: GpuTrace) -> bool:
    percent = trace.gpu[["busy_ratio", "memory_busy_ratio"]].to_numpy() * 100
    return bool(
        (abs(percent - percent.round()) < 1e-6).all() and (percent >= 0).all() and (percent <= 100 + 1e-6).all()
    )


def _memory_rests(trace: GpuTrace) -> bool:
    return bool((trace.working["vram_used_bytes"].diff().iloc[1:] == 0).mean() > 0.85)


def _memory_in_blocks(trace: GpuTrace) -> bool:
    return bool((trace.gpu["vram_used_bytes"].diff().iloc[1:] % _BLOCK == 0).all())


def _power_remembers(trace: GpuTrace) -> bool:
    return _autocorrelation(trace.working["power_watts"]) > 0.7


def _power_follows(trace: GpuTrace) -> bool:
    return _correlation(trace.working["busy_ratio"], trace.working["power_watts"]) > 0.5


def _power_comes_later(trace: GpuTrace) -> bool:
    """After a pause, power still rises in the second after utilization is back."""
    busy, power = trace.working["busy_ratio"].to_numpy(), trace.working["power_watts"].to_numpy()
    usual = np.median(busy)
    back = 1 + np.flatnonzero((busy[:-2] < 0.5 * usual) & (busy[1:-1] > 0.9 * usual))
    return not len(back) or bool((power[back + 1] > power[back]).mean() > 0.7)


def _temperature_is_slow(trace: GpuTrace) -> bool:
    celsius = trace.gpu["temperature_celsius"]
    return bool(celsius.diff().abs().max() <= 1) and _autocorrelation(celsius) > 0.9


def _activity_is_not_use(trace: GpuTrace) -> bool:
    used = trace.working["vram_used_bytes"] / trace.working["vram_total_bytes"]
    return abs(_correlation(trace.working["memory_busy_ratio"], used)) < 0.95


def _ticks_jitter(trace: GpuTrace) -> bool:
    return trace.working["t"].diff().iloc[1:].round(4).nunique() > 1


def _total_is_sold(trace: GpuTrace) -> bool:
    return set(trace.gpu["vram_total_bytes"]) <= {size * _MIB for size in _SOLD_MIB}


def _energy_is_power(trace: GpuTrace) -> bool:
    used = trace.gpu["energy_joules"].iloc[-1] - trace.gpu["energy_joules"].iloc[0]
    return bool(abs(used / np.trapezoid(trace.gpu["power_watts"], trace.gpu["t"]) - 1) < 0.01)


def _memory_before_use(trace: GpuTrace) -> bool:
    is_free = trace.gpu["vram_used_bytes"] == 0
    before = trace.gpu["busy_ratio"][is_free & (trace.gpu["t"] < trace.gpu["t"].iloc[-1])]
    return bool((before == 0).all() and is_free.iloc[0] and is_free.iloc[-1])


def _disk_is_staircase(trace: GpuTrace) -> bool:
    if trace.folder is None:
        return True
    steps = trace.folder["growth_bytes"].diff().iloc[1:]
    return bool((steps >= 0).all() and (steps == 0).mean() > 0.5)


def _autocorrelation(values: pd.Series) -> float:
    return _correlation(values.iloc[1:], values.shift().iloc[1:])


def _correlation(one: pd.Series, other: pd.Series) -> float:
    """Pearson's coefficient; 0 where one of the two never changes."""
    return float(one.corr(other)) if one.nunique() > 1 and other.nunique() > 1 else 0.0


RULES = (
    PlausibilityRule("utilization comes in whole percent from 0 to 100", _whole_percent),
    PlausibilityRule("device memory is the same as a sample before in more than 85 % of samples", _memory_rests),
    PlausibilityRule("device memory changes by multiples of 2 MiB", _memory_in_blocks),
    PlausibilityRule("power remembers the sample before: autocorrelation above 0.7", _power_remembers),
    PlausibilityRule("power follows utilization: correlation above 0.5", _power_follows),
    PlausibilityRule("power comes back later than utilization", _power_comes_later),
    PlausibilityRule("temperature moves by 1 degree a sample at most, autocorrelation above 0.9", _temperature_is_slow),
    PlausibilityRule("memory activity is not a function of memory used", _activity_is_not_use),
    PlausibilityRule("ticks jitter", _ticks_jitter),
    PlausibilityRule("total memory is that of a card as sold", _total_is_sold),
    PlausibilityRule("the energy counter is the integral of power, to 1 %", _energy_is_power),
    PlausibilityRule(
        "memory is held before the GPU is used, and none before the start and after the end", _memory_before_use
    ),
    PlausibilityRule("disk use is a staircase that only rises", _disk_is_staircase),
)
