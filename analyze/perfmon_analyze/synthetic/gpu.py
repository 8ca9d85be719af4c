"""What a driver says of the GPU while a job runs: the columns of the gpu table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.synthetic.noise import coloured, smoothed
from perfmon_analyze.synthetic.timeline import Kind, grid
from perfmon_analyze.synthetic.vram import CARD_BYTES, vram_used

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Chance, Floats
    from perfmon_analyze.synthetic.timeline import Timeline
    from perfmon_analyze.synthetic.workload import Profile

UUID = "GPU-00000000-0000-0000-0000-000000000000"
NAME = "Synthetic A100 80GB"
LIMIT_WATTS = 400.0

_STEP = 0.5  # seconds between two points at which power and temperature are worked out
_IDLE_WATTS, _READY_WATTS = 54.0, 68.0  # without a context, and with one, its clocks up
_POWER_LAG = 1.2  # seconds by which the power that the driver tells trails the power that is drawn
_WARMING = 45.0  # seconds, of the chip in a server's air stream
_COOL_CELSIUS, _CELSIUS_PER_WATT = 27.0, 0.094


class Physics(NamedTuple):
    """Power and temperature of the GPU on an even grid of times, the energy since the job's start with them."""

    t: Floats
    told_watts: Floats
    joules: Floats
    celsius: Floats


def gpu_columns(timeline: Timeline, profile: Profile, chance: Chance, t: Floats) -> dict[str, Floats]:
    """Readings of the gpu table's numeric columns at each `t`, in the table's units."""
    used = vram_used(timeline, profile, chance, t)
    physics = _physics(timeline, chance)
    counted = 1e6 * chance.stream("energy").uniform(20, 900)  # joules since the driver was loaded
    return {
        "busy_ratio": _percent(timeline.mean("busy", t, 1.0) + _beat(timeline, profile, t)),
        "memory_busy_ratio": _percent(_memory_busy(timeline, chance, t)),
        "vram_used_bytes": used,
        "vram_total_bytes": np.full(len(t), float(CARD_BYTES)),
        "vram_job_bytes": used,
        "power_watts": np.round(np.interp(t, physics.t, physics.told_watts), 3),
        "energy_joules": np.round(counted + np.interp(t, physics.t, physics.joules), 3),
        "temperature_celsius": np.round(np.interp(t, physics.t, physics.celsius)),
    }


def _percent(ratio: Floats) -> Floats:
    """Ratios as a driver gives them: in whole percent."""
    return np.asarray(np.round(100 * np.clip(ratio, 0.0, 1.0)) / 100)


def _beat(timeline: Timeline, profile: Profile, t: Floats) -> Floats:
    """Where in a step the reading's window ends: it cuts a part off, which drifts from reading to reading."""
    period = profile.step_seconds
    working = timeline.mean("busy", t, 1.0) > 0.9 * profile.busy
    return np.where(working, (np.mod(t / period, 1.0) - 0.5) * period * (1 - profile.busy), 0.0)


def _memory_busy(timeline: Timeline, chance: Chance, t: Floats) -> Floats:
    cells = len(grid(timeline.duration, 1.0))
    mix = 1 + 0.05 * coloured(chance.stream("memory_busy"), cells, 8)
    return timeline.mean("memory_busy", t, 1.0) * np.interp(t, np.arange(cells), mix)


def _physics(timeline: Timeline, chance: Chance) -> Physics:
    t = grid(timeline.duration, _STEP)
    watts = _watts(timeline, chance, t)
    heating = _COOL_CELSIUS + _CELSIUS_PER_WATT * smoothed(watts, _WARMING / _STEP)
    fan = 0.3 * coloured(chance.stream("fan"), len(t), 90 / _STEP)
    joules = np.concatenate([[0.0], np.cumsum(watts[1:]) * _STEP])
    return Physics(t, smoothed(watts, _POWER_LAG / _STEP), joules, heating + fan)


def _watts(timeline: Timeline, chance: Chance, t: Floats) -> Floats:
    """Power drawn, mean over the step that ends at each `t`.

    A chip that warms up leaks more: 3 % over the first minutes. The noise has a fast part and a slow one.
    """
    idle = np.where(t < timeline.spans(Kind.CONTEXT)[0, 0], _IDLE_WATTS, _READY_WATTS)
    drive = np.concatenate([[0.0], timeline.cells("heat", _STEP)])
    leak = 1 + 0.03 * -np.expm1(-t / 120)
    fast = 0.005 * coloured(chance.stream("power"), len(t), 3 / _STEP)
    slow = 0.006 * coloured(chance.stream("supply"), len(t), 120 / _STEP)
    watts = (idle + drive * (LIMIT_WATTS - _READY_WATTS)) * leak * (1 + fast + slow)
    return np.asarray(np.minimum(watts, LIMIT_WATTS * 1.02))
