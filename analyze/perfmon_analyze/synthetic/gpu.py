"""GPU readings as a driver gives them while a job runs: the columns of table `gpu`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.synthetic.noise import coloured_noise, smoothed
from perfmon_analyze.synthetic.timeline import WorkKind, grid
from perfmon_analyze.synthetic.vram import CARD_BYTES, vram_used

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Floats, RandomStreams
    from perfmon_analyze.synthetic.timeline import Timeline
    from perfmon_analyze.synthetic.workload import Workload

UUID = "GPU-00000000-0000-0000-0000-000000000000"
NAME = "Synthetic A100 80GB"
LIMIT_WATTS = 400.0

_STEP = 0.5  # seconds between two points at which power and temperature are worked out
_IDLE_WATTS, _READY_WATTS = 54.0, 68.0  # without a context, and with one, its clocks up
_POWER_LAG = 1.2  # seconds by which the power that the driver tells trails the power that is drawn
_WARMING = 45.0  # seconds, of the chip in a server's air stream
_COOL_CELSIUS, _CELSIUS_PER_WATT = 27.0, 0.094


class PowerAndHeat(NamedTuple):
    """Power and temperature of the GPU on an even grid of times, the energy since the job's start with them."""

    t: Floats
    told_watts: Floats
    joules: Floats
    celsius: Floats


def gpu_columns(timeline: Timeline, workload: Workload, streams: RandomStreams, t: Floats) -> dict[str, Floats]:
    """The numeric columns of table `gpu` at each `t`, in the units of the run folder."""
    used = vram_used(timeline, workload, streams, t)
    physics = _power_and_heat(timeline, streams)
    counted = 1e6 * streams.stream("energy").uniform(20, 900)  # joules since the driver was loaded
    return {
        "busy_ratio": _percent(timeline.mean("busy", t, 1.0) + _beat(timeline, workload, t)),
        "memory_busy_ratio": _percent(_memory_busy(timeline, streams, t)),
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


def _beat(timeline: Timeline, workload: Workload, t: Floats) -> Floats:
    """The part of a step at which the sampling window of a reading ends; it drifts from reading to reading."""
    period = workload.step_seconds
    working = timeline.mean("busy", t, 1.0) > 0.9 * workload.busy
    return np.where(working, (np.mod(t / period, 1.0) - 0.5) * period * (1 - workload.busy), 0.0)


def _memory_busy(timeline: Timeline, streams: RandomStreams, t: Floats) -> Floats:
    cells = len(grid(timeline.duration, 1.0))
    mix = 1 + 0.05 * coloured_noise(streams.stream("memory_busy"), cells, 8)
    return timeline.mean("memory_busy", t, 1.0) * np.interp(t, np.arange(cells), mix)


def _power_and_heat(timeline: Timeline, streams: RandomStreams) -> PowerAndHeat:
    t = grid(timeline.duration, _STEP)
    watts = _watts(timeline, streams, t)
    heating = _COOL_CELSIUS + _CELSIUS_PER_WATT * smoothed(watts, _WARMING / _STEP)
    fan = 0.3 * coloured_noise(streams.stream("fan"), len(t), 90 / _STEP)
    joules = np.concatenate([[0.0], np.cumsum(watts[1:]) * _STEP])
    return PowerAndHeat(t, smoothed(watts, _POWER_LAG / _STEP), joules, heating + fan)


def _watts(timeline: Timeline, streams: RandomStreams, t: Floats) -> Floats:
    """Power drawn, mean over the step that ends at each `t`.

    A chip that warms up leaks more: 3 % over the first minutes. The noise has a fast part and a slow one.
    """
    idle = np.where(t < timeline.spans(WorkKind.CONTEXT)[0, 0], _IDLE_WATTS, _READY_WATTS)
    drive = np.concatenate([[0.0], timeline.cells("heat", _STEP)])
    leak = 1 + 0.03 * -np.expm1(-t / 120)
    fast = 0.005 * coloured_noise(streams.stream("power"), len(t), 3 / _STEP)
    slow = 0.006 * coloured_noise(streams.stream("supply"), len(t), 120 / _STEP)
    watts = (idle + drive * (LIMIT_WATTS - _READY_WATTS)) * leak * (1 + fast + slow)
    return np.asarray(np.minimum(watts, LIMIT_WATTS * 1.02))
