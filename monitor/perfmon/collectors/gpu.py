"""GPUs, in one row per GPU and tick; those of other makers than NVIDIA are another source behind this door."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from perfmon.collector import NOT_FOUND, Absent
from perfmon.facts import REPLAY

if TYPE_CHECKING:
    from perfmon.collector import Reading, Target, Tick

_LIBRARY = "libnvidia-ml.so.1"


class Source(Protocol):
    """Where GPU readings come from."""

    def open(self) -> dict[str, object]:
        """As `Collector.open`."""

    def collect(self, tick: Tick) -> Reading:
        """As `Collector.collect`."""


class Gpu:
    """One row per GPU and MIG instance; a value the driver refuses is null, and why is noted."""

    source = "gpu"
    can_hang = True  # a call into a hung driver cannot be interrupted
    pace = 0.0

    def __init__(self, target: Target) -> None:
        self._target = target
        self._readings: Source | None = None

    @classmethod
    def probe(cls) -> None:
        """Load the driver's library and let go of it: no helper is started where there is none.

        Raises:
            Absent: it cannot be loaded.
        """
        if os.environ.get(REPLAY):
            return
        import _ctypes  # noqa: PLC0415 - a tenth of what ctypes costs

        try:
            _ctypes.dlclose(_ctypes.dlopen(_LIBRARY, 0))
        except OSError:
            raise Absent(NOT_FOUND, f"no NVIDIA driver library ({_LIBRARY})") from None

    def open(self) -> dict[str, object]:
        """Load the driver's library and list the GPUs.

        Raises:
            Absent: no driver, no GPU that may be opened, or none that was asked for.
        """
        self._readings = _source(self._target)
        return self._readings.open()

    def collect(self, tick: Tick) -> Reading:
        """Read every GPU."""
        assert self._readings
        return self._readings.collect(tick)


def _source(target: Target) -> Source:
    path = os.environ.get(REPLAY)
    if path:
        from perfmon.replay import Replay  # noqa: PLC0415 - it loads a Parquet reader

        return Replay(path, target.begin_time)
    from perfmon.nvml.source import Nvml  # noqa: PLC0415 - only the helper loads pynvml

    return Nvml(target.gpus)
